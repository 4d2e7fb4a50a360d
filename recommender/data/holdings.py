"""Who bought what, once per pair: the columnar form from which matrices and histories are made."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from recommender.data.purchases import Purchases, buyer_rows
from recommender.types import Float32Array, Int32Array, Int64Array, UInt16Array, UInt32Array

MOST_ORDERS = 65_535


@dataclass(frozen=True, slots=True)
class Holdings:
    """One entry per (buyer, item), in rows of buyers; items ascend within a row.

    Attributes
    ----------
    indptr
        ``int64 [rows + 1]``. Rows are the customers by code, then one row per guest order.
    item
        Item index, ``int32 [pairs]``.
    quantity
        Kept in all, ``float32 [pairs]``.
    orders
        Distinct orders, saturating, ``uint16 [pairs]``.
    first_s, last_s
        First and last purchase, seconds since 1970, ``uint32 [pairs]``.
    n_customers
        How many of the rows are customers.
    n_items
        Columns.
    """

    indptr: Int64Array
    item: Int32Array
    quantity: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array
    n_customers: int
    n_items: int

    @property
    def n_rows(self) -> int:
        """Buyers: customers and guest orders."""
        return len(self.indptr) - 1

    def row_of_pair(self) -> Int32Array:
        """Return the buyer's row of every pair."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int32), np.diff(self.indptr))


def holdings_of(purchases: Purchases) -> Holdings:
    """Group purchase lines into pairs of buyer and item."""
    row = buyer_rows(purchases)
    n_items = len(purchases.items)
    n_rows = max(len(purchases.customers), int(row.max(initial=-1)) + 1)
    by_pair = np.lexsort((purchases.order, row * n_items + purchases.item))
    row, item = row[by_pair], purchases.item[by_pair]
    pairs = int(np.count_nonzero(np.diff(row * n_items + item, prepend=-1)))
    found = _group(
        row,
        item,
        purchases.order[by_pair],
        purchases.quantity[by_pair],
        purchases.at_s[by_pair],
        pairs,
    )
    indptr = np.zeros(n_rows + 1, np.int64)
    np.cumsum(np.bincount(found[0], minlength=n_rows), out=indptr[1:])
    _, items, quantity, orders, first_s, last_s = found
    return Holdings(
        indptr,
        items,
        quantity,
        orders,
        first_s,
        last_s,
        n_customers=len(purchases.customers),
        n_items=n_items,
    )


@njit(cache=True, nogil=True)
def _group(
    row: Int64Array,
    item: Int32Array,
    order: Int32Array,
    quantity: Float32Array,
    at_s: Int64Array,
    pairs: int,
) -> tuple[Int64Array, Int32Array, Float32Array, UInt16Array, UInt32Array, UInt32Array]:
    rows = np.empty(pairs, np.int64)
    items = np.empty(pairs, np.int32)
    quantities = np.zeros(pairs, np.float32)
    orders = np.zeros(pairs, np.uint16)
    first = np.empty(pairs, np.uint32)
    last = np.empty(pairs, np.uint32)
    at = -1
    for line in range(row.size):
        is_new = at < 0 or row[line] != rows[at] or item[line] != items[at]
        if is_new:
            at += 1
            rows[at] = row[line]
            items[at] = item[line]
            first[at] = at_s[line]
            last[at] = at_s[line]
        if (is_new or order[line] != order[line - 1]) and orders[at] < MOST_ORDERS:
            orders[at] += 1
        quantities[at] += quantity[line]
        first[at] = min(first[at], at_s[line])
        last[at] = max(last[at], at_s[line])
    return rows, items, quantities, orders, first, last
