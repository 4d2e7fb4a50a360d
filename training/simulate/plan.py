"""What every worker of a simulation is told; plain values, because workers are processes of their own."""

from typing import Final

import msgspec

CUSTOMERS_PER_TASK: Final = 25
"""Small enough that Ctrl-C ends soon, and the same for any number of workers, so that sums are, too."""

NO_CHANNEL: Final = ""
"""Where no channel is named."""

SIDE_NAMES: Final = ("the new playbook", "the playbook that it is compared with")
"""What the two sides are called where only one of them is meant."""


class SidePlan(msgspec.Struct, frozen=True):
    """One of the two playbooks that are compared.

    Parameters
    ----------
    content
        The file's bytes; None: what a home without a playbook does.
    channels
        Where it is asked each day, in this order; ``""`` names none.
    """

    content: bytes | None
    channels: tuple[str, ...]


class Closing(msgspec.Struct, frozen=True):
    """A goodwill budget without room: who would be offered any of it is not.

    It holds from ``from_s`` on for the customer ``from_customer`` and those after them, until ``until_s`` (None: for
    good).
    """

    side: int
    action: str
    from_s: int
    from_customer: str
    until_s: int | None

    def holds(self, customer_id: str, at_s: int) -> bool:
        """Whether it keeps a customer's goodwill back at a moment.

        Examples
        --------
        >>> spent = Closing(0, "sorry", 100, "berta", 200)
        >>> [spent.holds(*who) for who in (("anna", 100), ("berta", 100), ("anna", 101), ("anna", 200))]
        [False, True, True, False]
        """
        is_after = (at_s, customer_id) >= (self.from_s, self.from_customer)
        return is_after and (self.until_s is None or at_s < self.until_s)


class SimulationPlan(msgspec.Struct, frozen=True):
    """Everything but who is simulated.

    Parameters
    ----------
    log_url
        The log, which is only read.
    bundle, model_version
        Folder of the bundle that ranks, and its version.
    sides
        The new playbook and the one that it is compared with.
    moments
        When it is decided on each day, seconds since 1970.
    k
        Most actions of one contact.
    accept_seed
        Responses are drawn from the propensities with this seed; None: nobody responds.
    ranking_age_s
        How old a ranking of products may become.
    keeps_rows
        Whether everything that is told is wanted one by one.
    """

    log_url: str
    bundle: str
    model_version: str
    sides: tuple[SidePlan, SidePlan]
    moments: tuple[int, ...]
    k: int = 1
    accept_seed: int | None = None
    ranking_age_s: int = 7 * 86_400
    keeps_rows: bool = False


class Task(msgspec.Struct, frozen=True):
    """Customers that one worker simulates at once, ascending, and what is closed to them.

    ``beyond`` are those among them who have more than orders in the log.
    """

    customers: tuple[str, ...]
    beyond: frozenset[str] = frozenset()
    closings: tuple[Closing, ...] = ()
