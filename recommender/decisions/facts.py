"""The facts of an action as compiled code writes them, and the reasons that Python reads from them."""

from collections.abc import Sequence
from typing import Final

from recommender.decisions.reasons import Reason, ReasonKind
from recommender.types import ItemNumber

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


def reason_of(facts: Sequence[int]) -> Reason:
    """Return the reason that a row of facts tells.

    Examples
    --------
    >>> reason_of([0, 7, BOUGHT_AFTER, 4, NOTHING, NOTHING, NOTHING, NOTHING])
    Reason(kind=<ReasonKind.BOUGHT_AFTER: 'bought_after'>, about=4, days=None, every_days=None, orders=None)
    """
    about, days, every_days, orders = facts[ABOUT:DUE_AT_S]
    return Reason(
        REASON_KINDS[facts[REASON]],
        None if about < 0 else ItemNumber(about),
        None if days < 0 else days,
        None if every_days < 0 else every_days,
        None if orders < 0 else orders,
    )
