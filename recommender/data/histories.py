"""The histories of many customers at one time, from purchase columns: what fitting and evaluation score."""

from dataclasses import dataclass

import numpy as np

from recommender.customers.state import RECENT_LINES
from recommender.data.history import History
from recommender.data.holdings import Holdings, holdings_of
from recommender.data.purchases import Purchases
from recommender.types import BoolArray, Float32Array, Int32Array, Int64Array, UInt32Array


@dataclass(frozen=True, slots=True)
class Histories:
    """Histories of all customers of a matrix; ``history(row)`` equals the fold of that customer.

    Attributes
    ----------
    holdings
        Pairs of buyer and item; rows below ``n_customers`` are customers.
    orders
        Distinct orders of each customer, ``int64``.
    first_s, last_s
        First and last order of each customer, seconds since 1970; 0 without any.
    recent_indptr, recent_item, recent_s, recent_quantity
        The last 500 lines of each customer, oldest first.
    """

    holdings: Holdings
    orders: Int64Array
    first_s: Int64Array
    last_s: Int64Array
    recent_indptr: Int64Array
    recent_item: Int32Array
    recent_s: UInt32Array
    recent_quantity: Float32Array

    def __len__(self) -> int:
        return self.holdings.n_customers

    def history(self, row: int) -> History:
        """Return one customer's history."""
        pairs = slice(int(self.holdings.indptr[row]), int(self.holdings.indptr[row + 1]))
        recent = slice(int(self.recent_indptr[row]), int(self.recent_indptr[row + 1]))
        return History(
            item=self.holdings.item[pairs],
            owned=self.holdings.quantity[pairs],
            orders=self.holdings.orders[pairs],
            first_s=self.holdings.first_s[pairs],
            last_s=self.holdings.last_s[pairs],
            customer_orders=int(self.orders[row]),
            customer_first_s=int(self.first_s[row]),
            customer_last_s=int(self.last_s[row]),
            recent_item=self.recent_item[recent],
            recent_s=self.recent_s[recent],
            recent_quantity=self.recent_quantity[recent],
        )


def histories_of(purchases: Purchases) -> Histories:
    """Return the history of every customer, in the item space of the purchases.

    Lines are expected in the order that :class:`Purchases` promises: by customer, then by time.
    """
    count = len(purchases.customers)
    lines = np.bincount(purchases.customer[purchases.customer >= 0], minlength=count).astype(np.int64)
    end = np.cumsum(lines) + (len(purchases) - int(lines.sum()))
    start = end - lines
    kept = np.minimum(lines, RECENT_LINES)
    indptr = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    recent = np.repeat(end - kept - indptr[:-1], kept) + np.arange(int(indptr[-1]))
    has = lines > 0
    return Histories(
        holdings=holdings_of(purchases),
        orders=_orders_of(purchases, count),
        first_s=_at(purchases.at_s, start, has),
        last_s=_at(purchases.at_s, end - 1, has),
        recent_indptr=indptr,
        recent_item=purchases.item[recent],
        recent_s=purchases.at_s[recent].astype(np.uint32),
        recent_quantity=purchases.quantity[recent],
    )


def _orders_of(purchases: Purchases, count: int) -> Int64Array:
    known = purchases.customer >= 0
    _, first = np.unique(purchases.order[known], return_index=True)
    return np.bincount(purchases.customer[known][first], minlength=count)


def _at(at_s: Int64Array, position: Int64Array, has: BoolArray) -> Int64Array:
    if len(at_s) == 0:
        return np.zeros(len(has), np.int64)
    return np.where(has, at_s[np.where(has, position, 0)], 0)
