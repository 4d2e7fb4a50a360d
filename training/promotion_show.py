"""Planned promotions, as a person wants to see them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from recommender.catalog import Catalogue, Promotions
from recommender.catalog.promotions import NEVER_S
from recommender.errors import NotFoundError
from recommender.types import Int64Array, ItemId

HEADER = ("item", "kind", "from", "until", "known from", "share", "discount")


def promotion_lines(
    promotions: Promotions, catalogue: Catalogue, *, at: datetime, item_id: str | None, most: int
) -> list[tuple[str, ...]]:
    """Return what runs or is planned at a time, in the order of begin: one tuple of texts per promotion.

    With an item, all of its promotions, also those that are over.

    Raises
    ------
    NotFoundError
        The item is not known.
    """
    rows = _chosen(promotions, catalogue, at, item_id)[:most]
    return [tuple(_cells(promotions, catalogue, row)) for row in rows.tolist()]


def promotion_totals(promotions: Promotions, *, at: datetime) -> str:
    """Return one sentence about how many run, are planned and are over."""
    at_s, rows = int(at.timestamp()), promotions.rows
    over = int(np.count_nonzero(rows.until_s <= at_s))
    known = (rows.until_s > at_s) & (rows.announced_s <= at_s) & (rows.withdrawn_s > at_s)
    running = int(np.count_nonzero(known & (rows.from_s <= at_s)))
    planned = int(np.count_nonzero(known)) - running
    rest = len(promotions) - over - running - planned
    beside = f", {rest:,} called off or not announced yet" if rest else ""
    kinds = ", ".join(promotions.kinds) or "none"
    return f"{running:,} running, {planned:,} planned, {over:,} over{beside}; kinds: {kinds}"


def _chosen(promotions: Promotions, catalogue: Catalogue, at: datetime, item_id: str | None) -> Int64Array:
    rows, at_s = promotions.rows, int(at.timestamp())
    if item_id is None:
        known = (rows.announced_s <= at_s) & (rows.withdrawn_s > at_s)
        return np.flatnonzero(known & (rows.until_s > at_s))
    number = catalogue.numbers.get(ItemId(item_id))
    if number is None:
        raise NotFoundError(f"no item {item_id!r}", remedy="check how the shop writes it")
    return np.flatnonzero(rows.number == number)


def _cells(promotions: Promotions, catalogue: Catalogue, row: int) -> Iterator[str]:
    rows = promotions.rows
    number, discount, price = int(rows.number[row]), float(rows.discount[row]), float(rows.price[row])
    yield catalogue.item_id(number) or f"#{number}"
    yield promotions.kinds[int(rows.kind[row])]
    for second in (rows.from_s[row], rows.until_s[row], rows.announced_s[row]):
        yield f"{datetime.fromtimestamp(int(second), UTC):%Y-%m-%d %H:%M}"
    yield f"{float(rows.share[row]):.0%}"
    off = "" if np.isnan(discount) else f"{discount:.0%}"
    cost = "" if np.isnan(price) else f"price {price:g}"
    gone = "" if int(rows.withdrawn_s[row]) == NEVER_S else "not any more"
    yield " ".join(text for text in (off, cost, gone) if text)
