"""From order lines of the log, or rows of a frame, to :class:`Purchases`."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.customers import OrderLines, match_returns
from recommender.customers.lines import PURCHASE
from recommender.data.items import ItemTable
from recommender.data.ledger import Ledger, touched_by_returns
from recommender.data.purchases import GUEST, Purchases, reindexed
from recommender.errors import InvalidInputError
from recommender.types import BoolArray, CustomerId, Float64Array, Int32Array, Int64Array, ItemId, UInt32Array

_MICROSECONDS = 1_000_000


def purchases_from(
    lines: OrderLines,
    customer_ids: Sequence[str],
    item_ids: Sequence[str],
    *,
    catalogue: Catalogue,
    until_us: int | None = None,
) -> Purchases:
    """Return what was bought, and kept as far as known at a time, of products.

    Parameters
    ----------
    lines
        Purchases, returns and cancellations of all customers and guests, any order.
    customer_ids
        Customer id by code.
    item_ids
        Item id by permanent number.
    catalogue
        Says which items are no products (postage, fees); the rest teaches, available or not.
    until_us
        Lines at or after this time (microseconds since 1970) did not happen yet; ``None`` for all. A return
        after it takes nothing out: at that time nobody knew.
    """
    known = lines if until_us is None else lines.where(lines.at_us < until_us)
    kept = match_returns(known).kept
    rows = np.flatnonzero(_is_bought(known, catalogue) & (kept > 0))
    return reindexed(_columns(known, rows, kept, customer_ids, item_ids))


def revisable_purchases_from(
    lines: OrderLines,
    customer_ids: Sequence[str],
    item_ids: Sequence[str],
    *,
    catalogue: Catalogue,
    until_us: int | None = None,
) -> Purchases:
    """Return the same as :func:`purchases_from`, but what was known at any time before can be asked.

    ``before`` and ``between`` then bring back what was returned only later: models of past windows learn from what could
    be known in them. Customers who kept nothing have a code too.
    """
    known = lines if until_us is None else lines.where(lines.at_us < until_us)
    touched = touched_by_returns(known)
    if not touched.any():
        return purchases_from(known, customer_ids, item_ids, catalogue=catalogue)
    rows = _in_order(known, np.flatnonzero(_is_bought(known, catalogue)))
    place = np.full(len(known), -1, np.int64)
    place[rows] = np.arange(len(rows))
    bought = _columns(known, rows, known.quantity, customer_ids, item_ids)
    return Ledger(bought, known.where(touched), place[touched]).known()


def _is_bought(lines: OrderLines, catalogue: Catalogue) -> BoolArray:
    bought: BoolArray = lines.kind == PURCHASE
    bought[bought] = _is_product(lines.number[bought], catalogue)
    return bought


def _in_order(lines: OrderLines, rows: Int64Array) -> Int64Array:
    """Return the rows by customer, then by time."""
    return rows[np.lexsort((lines.rank[rows], lines.at_us[rows] // _MICROSECONDS, lines.customer[rows]))]


def _columns(
    lines: OrderLines,
    rows: Int64Array,
    quantity: Float64Array,
    customer_ids: Sequence[str],
    item_ids: Sequence[str],
) -> Purchases:
    rows = _in_order(lines, rows)
    codes, customer = _dense(lines.customer[rows])
    numbers, item = _dense(lines.number[rows])
    _, order = _dense(lines.order[rows])
    return Purchases(
        customer=customer,
        order=order,
        item=item,
        quantity=quantity[rows].astype(np.float32),
        at_s=lines.at_us[rows] // _MICROSECONDS,
        unit_price=lines.unit_price[rows],
        customers=tuple(CustomerId(customer_ids[code]) for code in codes.tolist()),
        items=ItemTable(tuple(ItemId(item_ids[number]) for number in numbers.tolist()), numbers),
    )


def purchases_from_frame(
    customer_id: Sequence[str | None],
    item_id: Sequence[str],
    occurred_at: Sequence[datetime],
    quantity: Sequence[float],
) -> Purchases:
    """Return purchases from four columns of equal length; items are numbered in order of their ids.

    Rows of one customer at one time are one order; a row without a customer is a guest's. Rows with a quantity
    of zero or less are left out.

    Raises
    ------
    InvalidInputError
        The columns differ in length, or a time has no time zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> bought = purchases_from_frame(["ann", "ann", "bob"], ["tea", "cup", "tea"], [noon] * 3, [1, 2, 1])
    >>> bought.items.ids, bought.customers, bought.order.tolist()
    (('tea', 'cup'), ('ann', 'bob'), [0, 0, 1])
    """
    _check_columns(customer_id, item_id, occurred_at, quantity)
    amount = np.asarray(quantity, np.float32)
    at_s = np.array([int(at.timestamp()) for at in occurred_at], np.int64)
    customers, customer = _codes(customer_id)
    items, item = _codes(item_id)
    rows = np.flatnonzero(amount > 0)
    rows = rows[np.lexsort((at_s[rows], customer[rows]))]
    return reindexed(
        Purchases(
            customer=customer[rows],
            order=_orders(customer[rows], at_s[rows]),
            item=item[rows],
            quantity=amount[rows],
            at_s=at_s[rows],
            unit_price=np.full(len(rows), np.nan),
            customers=tuple(CustomerId(name) for name in customers),
            items=ItemTable(tuple(ItemId(name) for name in items), np.arange(len(items), dtype=np.uint32)),
        )
    )


def _is_product(number: UInt32Array, catalogue: Catalogue) -> BoolArray:
    listed = number < len(catalogue.is_product)
    product = np.ones(len(number), np.bool_)
    product[listed] = catalogue.is_product[number[listed]]
    return product


def _dense(codes: "Int32Array | UInt32Array") -> "tuple[UInt32Array, Int32Array]":
    """Return the codes that occur, ascending, and the position of each row's code; -1 stays -1."""
    found, position = np.unique(codes, return_inverse=True)
    negative = int(np.count_nonzero(found < 0))
    position = np.maximum(position - negative, GUEST)
    return found[negative:].astype(np.uint32), position.astype(np.int32)


def _codes(values: Sequence[str | None]) -> tuple[list[str], Int32Array]:
    names = sorted({value for value in values if value is not None})
    code: dict[str | None, int] = {name: index for index, name in enumerate(names)}
    return names, np.array([code.get(value, GUEST) for value in values], np.int32)


def _orders(customer: Int32Array, at_s: Int64Array) -> Int32Array:
    is_new = (np.diff(customer, prepend=-2) != 0) | (np.diff(at_s, prepend=-1) != 0) | (customer == GUEST)
    order: Int32Array = (np.cumsum(is_new) - 1).astype(np.int32)
    return order


def _check_columns(*columns: Sequence[object]) -> None:
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise InvalidInputError("the columns differ in length", expected="one length", found=str(lengths))
    if any(at.tzinfo is None for at in columns[2] if isinstance(at, datetime)):
        raise InvalidInputError(
            "a purchase time has no time zone", expected="aware times", remedy="add UTC or the shop's zone"
        )
