"""One promotion as it is planned: which item, from when until when, how, and since when that was known."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from recommender.catalog.checking import LARGEST_PRICE
from recommender.errors import InvalidItemError

LONGEST_KIND: Final = 64
MOST_KINDS: Final = 32
"""Each kind becomes a column of every item; more words than this are names, not kinds."""


class Promotion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An item that is shown, cheaper or advertised for a while.

    ``kind`` is a word of the shop's own, such as display, mailer, coupon or discount. It runs from ``active_from``
    (inclusive) until ``active_until`` (exclusive) in ``share`` of the shop's places, above 0 and at most 1. It was
    known from ``announced_at`` on, and until ``withdrawn_at`` where it was called off. At most one of ``discount``
    (the part of the price taken off, 0 to 1) and ``price`` (of one unit, while it runs) is given.

    Item, kind, begin, end and announcement are its identity: the same again with another share or price is a
    correction. A change of plan is another promotion with a later announcement, which holds from then on.
    """

    item_id: str
    kind: str
    active_from: datetime
    active_until: datetime
    announced_at: datetime
    share: float = 1.0
    discount: float | None = None
    price: Decimal | None = None
    withdrawn_at: datetime | None = None


def check_promotion(promotion: Promotion) -> Promotion:
    """Return the promotion if it is sound.

    Raises
    ------
    InvalidItemError
        A time has no offset, it ends before it begins or before it was announced, its kind is no word, its share,
        discount or price is out of range, or it has both of these.

    Examples
    --------
    >>> from datetime import UTC
    >>> monday, sunday = datetime(2024, 6, 3, tzinfo=UTC), datetime(2024, 6, 9, tzinfo=UTC)
    >>> week = Promotion(item_id="mug", kind="display", active_from=monday, active_until=sunday, announced_at=monday)
    >>> check_promotion(week).share
    1.0
    """
    _check_times(promotion)
    kind = promotion.kind
    if not (0 < len(kind) <= LONGEST_KIND and kind == kind.strip() and kind.isprintable()):
        raise _unfit(promotion, "kind", f"a word of at most {LONGEST_KIND} characters", ascii(kind)[:80])
    if not 0 < promotion.share <= 1:
        raise _unfit(promotion, "share", "above 0 and at most 1", str(promotion.share))
    if promotion.discount is not None and not 0 <= promotion.discount <= 1:
        raise _unfit(promotion, "discount", "0 to 1", str(promotion.discount))
    if promotion.price is not None and not (
        promotion.price.is_finite() and 0 <= promotion.price <= LARGEST_PRICE
    ):
        raise _unfit(promotion, "price", f"0 to {LARGEST_PRICE}", str(promotion.price))
    if promotion.price is not None and promotion.discount is not None:
        raise _unfit(promotion, "price", "a price or a discount", "both")
    return promotion


def _check_times(promotion: Promotion) -> None:
    begin, end, known = promotion.active_from, promotion.active_until, promotion.announced_at
    times = {
        "active_from": begin,
        "active_until": end,
        "announced_at": known,
        "withdrawn_at": promotion.withdrawn_at,
    }
    for name, moment in times.items():
        if moment is not None and moment.tzinfo is None:
            raise _unfit(promotion, name, "a time with its offset from UTC", moment.isoformat())
    if end <= begin:
        raise _unfit(promotion, "active_until", f"later than {begin.isoformat()}", end.isoformat())
    if known >= end:
        raise _unfit(promotion, "announced_at", f"before {end.isoformat()}", known.isoformat())


def _unfit(promotion: Promotion, field: str, expected: str, found: str) -> InvalidItemError:
    return InvalidItemError(
        f"{field} of the promotion of {promotion.item_id!r} does not fit", expected=expected, found=found
    )
