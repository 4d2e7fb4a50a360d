"""Why an action was chosen, as a value and as a sentence."""

import enum
from collections.abc import Callable

import msgspec

from recommender.types import ItemNumber


class ReasonKind(enum.StrEnum):
    """The code of a reason, on the wire and in receipts; receipts store positions, so append only."""

    BOUGHT_AFTER = "bought_after"
    IN_YOUR_CART = "in_your_cart"
    IN_YOUR_SESSION = "in_your_session"
    SIMILAR_TASTE = "similar_taste"
    POPULAR = "popular"
    DUE = "due"
    BOUGHT_OFTEN = "bought_often"
    BOUGHT_BEFORE = "bought_before"
    BOUGHT_TOGETHER = "bought_together"
    SIMILAR_ITEM = "similar_item"
    SAME_CATEGORY = "same_category"
    TRIGGERED = "triggered"


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One reason and its facts.

    Parameters
    ----------
    kind
        The code.
    about
        The item X of "often bought after X".
    days
        Whole days since the last purchase.
    every_days
        Whole days between this customer's purchases of the item, on average.
    orders
        Orders of this customer that hold the item.
    words
        The fact that triggered an action of the playbook, ready to be read.
    """

    kind: ReasonKind
    about: ItemNumber | None = None
    days: int | None = None
    every_days: int | None = None
    orders: int | None = None
    words: str | None = None


_ABOUT_AN_ITEM = {
    ReasonKind.BOUGHT_AFTER: "often bought after {}",
    ReasonKind.IN_YOUR_CART: "goes with {} in your cart",
    ReasonKind.IN_YOUR_SESSION: "goes with {}, which you looked at",
    ReasonKind.BOUGHT_TOGETHER: "often bought together with {}",
    ReasonKind.SIMILAR_ITEM: "similar to {}",
    ReasonKind.SAME_CATEGORY: "in the same category as {}",
}


def reason_text(reason: Reason, name_of: Callable[[ItemNumber], str]) -> str:
    """Say a reason in words that a shopper understands.

    Parameters
    ----------
    reason
        What to say.
    name_of
        Name of an item by its number.

    Examples
    --------
    >>> reason_text(Reason(ReasonKind.BOUGHT_AFTER, about=ItemNumber(7)), lambda number: "TEA")
    'often bought after TEA'
    >>> reason_text(Reason(ReasonKind.DUE, days=16, every_days=14, orders=3), str)
    'you may be due: bought every 14 days, last 16 days ago'
    >>> reason_text(Reason(ReasonKind.DUE, days=30, orders=1), str)
    'you may be due: last bought 30 days ago'
    """
    if reason.about is not None and reason.kind in _ABOUT_AN_ITEM:
        return _ABOUT_AN_ITEM[reason.kind].format(name_of(reason.about))
    match reason.kind:
        case ReasonKind.DUE:
            return "you may be due: " + _rhythm(reason)
        case ReasonKind.BOUGHT_OFTEN:
            return f"you bought it in {reason.orders} orders, last {_ago(reason.days)}"
        case ReasonKind.BOUGHT_BEFORE:
            return f"you bought it {_ago(reason.days)}"
        case ReasonKind.SIMILAR_TASTE:
            return "bought by customers with a taste like yours"
        case _:
            return reason.words or "popular right now"


def _rhythm(reason: Reason) -> str:
    if reason.every_days is None:
        return f"last bought {_ago(reason.days)}"
    every = "day" if reason.every_days <= 1 else f"{reason.every_days} days"
    return f"bought every {every}, last {_ago(reason.days)}"


def _ago(days: int | None) -> str:
    match days:
        case None | 0:
            return "less than a day ago"
        case 1:
            return "1 day ago"
        case _:
            return f"{days} days ago"
