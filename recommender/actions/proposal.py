"""What an action kind proposes for one customer: a candidate before any gate was asked."""

from collections.abc import Mapping

import msgspec

from recommender.customers.dealings import Unit
from recommender.playbook.model import Action
from recommender.types import ItemNumber


class Cause(msgspec.Struct, frozen=True):
    """What gives an action something to say; actions of one kind that follow the same facts share theirs.

    Parameters
    ----------
    since_s
        When the triggering fact happened, seconds since 1970; expiry counts from it.
    fact
        That fact in words, such as ``bought 12 days ago``.
    words
        What the template may use: ``item``, ``date``, ``service``, ...; worked out when they are first read.
    item
        What it is about, where it is about an item.
    subject
        Tells two proposals of one action apart where the item does not: a unit, an appointment, a complaint.
    due_s, deadline_s
        Obligations: when it is due, and when it would be too late. Offers have neither.
    value
        What its outcome is worth beside the action's own value: keeping a promise, as its service plan says.
    amount
        Goodwill offered.
    unit
        The units that an obligation is about: conditions are asked of ``situation.about(item, unit)``.
    """

    since_s: int
    fact: str
    words: Mapping[str, str] = {}
    item: ItemNumber | None = None
    subject: str = ""
    due_s: int | None = None
    deadline_s: int | None = None
    value: float = 0.0
    amount: float = 0.0
    unit: Unit | None = None


class Proposal(Cause, frozen=True, kw_only=True):
    """One action, because of something, as people look at it; decisions go through causes by action.

    Parameters
    ----------
    action
        As the playbook declares it.
    source
        Who proposed it: the kind's own name.
    """

    action: Action
    source: str


def proposal_of(action: Action, cause: Cause) -> Proposal:
    """Return the proposal of an action because of something."""
    own = {name: getattr(cause, name) for name in cause.__struct_fields__}
    return Proposal(action=action, source=action.kind, **own)
