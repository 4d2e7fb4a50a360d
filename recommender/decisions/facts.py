"""The facts of an action as compiled code writes them, and the actions that Python reads from them."""

from collections.abc import Sequence
from typing import Any, Final

from recommender.decisions.decision import ScoredAction
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.playbook.kinds import ActionKind

IS_REPEAT: Final = 0
"""1 for a repeat purchase, 0 for an offer."""

NUMBER: Final = 1
"""Permanent number of the item."""

REASON: Final = 2
"""Position of the reason among all :class:`ReasonKind`."""

ABOUT: Final = 3
DAYS: Final = 4
EVERY_DAYS: Final = 5
ORDERS: Final = 6
DUE_AT_S: Final = 7
N_FACTS: Final = 8

NOTHING: Final = -1
"""Where a fact does not apply."""

REASON_KINDS: Final = tuple(ReasonKind)
BOUGHT_AFTER: Final = REASON_KINDS.index(ReasonKind.BOUGHT_AFTER)
IN_YOUR_CART: Final = REASON_KINDS.index(ReasonKind.IN_YOUR_CART)
IN_YOUR_SESSION: Final = REASON_KINDS.index(ReasonKind.IN_YOUR_SESSION)
SIMILAR_TASTE: Final = REASON_KINDS.index(ReasonKind.SIMILAR_TASTE)
POPULAR: Final = REASON_KINDS.index(ReasonKind.POPULAR)
DUE: Final = REASON_KINDS.index(ReasonKind.DUE)
BOUGHT_OFTEN: Final = REASON_KINDS.index(ReasonKind.BOUGHT_OFTEN)
BOUGHT_BEFORE: Final = REASON_KINDS.index(ReasonKind.BOUGHT_BEFORE)


SOURCE_OF_REASON: Final = {
    BOUGHT_AFTER: "item_item",
    IN_YOUR_CART: "item_item",
    IN_YOUR_SESSION: "item_item",
    SIMILAR_TASTE: "als",
    POPULAR: "popularity",
}
"""The candidate source that an offer's reason speaks for."""

_AGAIN: Final = ActionKind.BUY_AGAIN
_OFFER: Final = ActionKind.PRODUCT_OFFER


def action_of(facts: Sequence[Any], probability: float) -> ScoredAction:
    """Return the action that a row of facts tells.

    Examples
    --------
    >>> offer = action_of([0, 7, BOUGHT_AFTER, 4, NOTHING, NOTHING, NOTHING, NOTHING], 0.25)
    >>> offer.item, offer.source, offer.reason.kind.value, offer.reason.about, offer.reason.days
    (7, 'item_item', 'bought_after', 4, None)
    """
    reason, source, due_at_s = reason_of(facts)
    kind, name = (_AGAIN, "buy_again") if facts[IS_REPEAT] else (_OFFER, "product_offer")
    return ScoredAction(kind, facts[NUMBER], probability, reason, source, due_at_s, name)


def reason_of(facts: Sequence[Any]) -> tuple[Reason, str, int | None]:
    """Return the reason that a row of facts tells, its source, and when a repeat is due."""
    is_repeat, _, kind, about, days, every_days, orders, due_at_s = facts
    if is_repeat:
        rhythm = None if every_days < 0 else every_days
        return Reason(REASON_KINDS[kind], None, days, rhythm, orders), "replenishment", due_at_s
    return Reason(REASON_KINDS[kind], None if about < 0 else about), SOURCE_OF_REASON[kind], None
