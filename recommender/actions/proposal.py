"""What an action kind proposes for one customer: a candidate before any gate was asked."""

from collections.abc import Mapping

import msgspec

from recommender.customers.dealings import Unit
from recommender.playbook.model import Action
from recommender.types import ItemNumber


class Proposal(msgspec.Struct, frozen=True):
    """One action, about something, because of a fact.

    Parameters
    ----------
    action
        As the playbook declares it.
    item
        What it is about, where it is about an item.
    source
        Who proposed it: the kind's own name, ``replenishment``, ``item_item``, ...
    fact
        The triggering fact in words, such as ``bought 12 days ago``.
    since_s
        When the triggering fact happened, seconds since 1970; expiry counts from it.
    due_s, deadline_s
        Obligations: when it is due, and when it would be too late. Offers have neither.
    words
        What the template may use: ``item``, ``date``, ``service``, ...; worked out when they are first read.
    subject
        Tells two proposals of one action apart where the item does not: a unit, an appointment, a complaint.
    probability
        Of a product, from its ranking; None: the action's own propensity.
    value
        What its outcome is worth beside the action's own value: keeping a promise, as its service plan says.
    amount
        Goodwill offered.
    unit
        The units that an obligation is about: conditions are asked of ``situation.about(item, unit)``.
    """

    action: Action
    source: str
    fact: str
    since_s: int
    item: ItemNumber | None = None
    due_s: int | None = None
    deadline_s: int | None = None
    words: Mapping[str, str] = {}
    subject: str = ""
    probability: float | None = None
    value: float = 0.0
    amount: float = 0.0
    unit: Unit | None = None
