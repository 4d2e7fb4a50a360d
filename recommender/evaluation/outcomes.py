"""What customers bought in a window, in the item space of what was known before it."""

from dataclasses import dataclass

import numpy as np

from recommender.data import Histories, Purchases
from recommender.types import BoolArray, Int32Array, Int64Array


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Distinct items that each customer bought in a window; items nobody had sold before are left out.

    Attributes
    ----------
    indptr
        ``int64 [customers + 1]``.
    item
        Item index, ascending per customer, ``int32``.
    was_owned
        Whether the customer had bought the item before the window: a repeat; otherwise a discovery.
    """

    indptr: Int64Array
    item: Int32Array
    was_owned: BoolArray

    def repeats(self, row: int) -> Int32Array:
        """Return the items of a customer that were bought again."""
        return self._of(row, owned=True)

    def discoveries(self, row: int) -> Int32Array:
        """Return the items that a customer bought for the first time."""
        return self._of(row, owned=False)

    def _of(self, row: int, *, owned: bool) -> Int32Array:
        rows = slice(int(self.indptr[row]), int(self.indptr[row + 1]))
        items: Int32Array = self.item[rows][self.was_owned[rows] == owned]
        return items

    def counts(self, *, owned: bool) -> Int64Array:
        """Return how many repeats (or discoveries) each customer has, ``int64 [customers]``."""
        total = np.concatenate(([0], np.cumsum(self.was_owned == owned)))
        return total[self.indptr[1:]] - total[self.indptr[:-1]]


def outcomes_of(later: Purchases, known: Purchases, histories: Histories) -> Outcomes:
    """Join the purchases of a window with what was known before it.

    Parameters
    ----------
    later
        Purchases of the window; same customer codes as ``known``.
    known
        Purchases before the window.
    histories
        Histories of ``known``.
    """
    n_items = max(len(known.items), 1)
    index = known.items.index_of_number()
    number = later.items.numbers[later.item]
    inside = number < len(index)
    item = np.where(inside, index[np.where(inside, number, 0)] if len(index) else -1, -1)
    used = (item >= 0) & (later.customer >= 0)
    key = np.unique(later.customer[used].astype(np.int64) * n_items + item[used])
    holdings = histories.holdings
    pairs = int(holdings.indptr[holdings.n_customers])
    owned = holdings.row_of_pair()[:pairs].astype(np.int64) * n_items + holdings.item[:pairs]
    indptr = np.searchsorted(key, np.arange(len(known.customers) + 1, dtype=np.int64) * n_items)
    return Outcomes(indptr.astype(np.int64), (key % n_items).astype(np.int32), np.isin(key, owned))
