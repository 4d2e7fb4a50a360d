"""What a worker sends back."""

from typing import TypeAlias

import msgspec

from training.simulate.tally import Tally


class Told(msgspec.Struct, frozen=True, array_like=True):
    """One action that would have been said.

    ``at_s`` is seconds since 1970; ``item`` a permanent number; ``expected`` and ``amount`` (goodwill) are in the
    playbook's currency; ``accepted`` is None where responses are not drawn.
    """

    customer_id: str
    at_s: int
    channel: str
    action: str
    item: int | None
    propensity: float
    expected: float
    amount: float
    accepted: bool | None


class Missed(msgspec.Struct, frozen=True, array_like=True):
    """A promise whose window passed unsaid.

    ``time_zone`` is where the customer lived while it was open: its days are days there. ``reason`` is what stopped it
    most often, ``because`` the newest words of that.
    """

    customer_id: str
    plan: str
    item: int
    order_id: str
    due_s: int
    lapses_s: int
    time_zone: str
    reason: str
    because: str


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """Goodwill that was offered, of a budget for all customers together.

    ``is_given`` is False of what a customer who came was shown and did not accept: it needs room, and takes none.
    """

    customer_id: str
    at_s: int
    action: str
    amount: float
    is_given: bool = True


class SideAnswer(msgspec.Struct):
    """One side: counts, every promise that was missed, every grant, and the rows that were asked for."""

    tally: Tally = msgspec.field(default_factory=Tally)
    missed: list[Missed] = []
    grants: list[Grant] = []
    rows: list[Told] = []


Sides: TypeAlias = tuple[SideAnswer, SideAnswer]


class Answer(msgspec.Struct):
    """Both sides for some customers; ``differing`` counts whom they tell different things.

    Whom goodwill is offered has an answer of their own, for it may have to be found again without.
    """

    sides: Sides = msgspec.field(default_factory=lambda: (SideAnswer(), SideAnswer()))
    customers: list[str] = []
    differing: int = 0
