"""What past windows say about buying again: which pairs of customer and item were bought again, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.data import Histories, Purchases, histories_of
from recommender.data.items import look_up
from recommender.models.repeat_features import bucket_of, count_bucket_of, expected_gap_days
from recommender.models.repeat_tables import COUNT_BOUNDS, DAY_S, HAZARD_SHAPE, RATIO_BOUNDS
from recommender.types import (
    BoolArray,
    Float32Array,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt16Array,
    UInt32Array,
)


@dataclass(frozen=True, slots=True)
class RepeatWindow:
    """What was known at a cut, and for each pair (customers only) whether it was bought again in the window after."""

    cut_s: int
    known: Purchases
    histories: Histories
    again: BoolArray

    def indptr(self) -> Int64Array:
        """Return where the pairs of each customer begin, ``int64 [customers + 1]``."""
        return self.histories.holdings.indptr[: len(self.histories) + 1]


def repeat_window(purchases: Purchases, cut_s: int, window_s: int) -> RepeatWindow:
    """Return what was known at a cut, in the item space of then, and which of it was bought again in the window after it.

    What was returned after the cut is still there, and what was bought in the window and returned after it counts.
    """
    known = purchases.before(cut_s)
    histories, n_items = histories_of(known), max(len(known.items), 1)
    holdings = histories.holdings
    pairs = int(holdings.indptr[holdings.n_customers])
    key = holdings.row_of_pair()[:pairs].astype(np.int64) * n_items + holdings.item[:pairs]
    later = purchases.between(cut_s, cut_s + window_s)
    item = look_up(known.items.index_of_number(), later.items.numbers[later.item])
    named = (later.customer >= 0) & (item >= 0)
    bought = np.unique(later.customer[named].astype(np.int64) * n_items + item[named])
    return RepeatWindow(cut_s, known, histories, np.isin(key, bought))


@dataclass(frozen=True, slots=True)
class RepeatCounts:
    """What one window adds to the tables: pairs seen and repeated, by cell of the hazard; held and bought again, by item number."""

    seen: Float64Array
    repeated: Float64Array
    held: Float64Array
    again: Float64Array


def repeat_counts(window: RepeatWindow, gap_days: Float32Array, prior: float) -> RepeatCounts:
    """Return how many pairs, and how many repeats, fell into each cell of count and elapsed over gap, and item."""
    holdings = window.histories.holdings
    pairs = len(window.again)
    item, numbers = holdings.item[:pairs], window.known.items.numbers
    columns = _Pairs(item, holdings.orders[:pairs], holdings.first_s[:pairs], holdings.last_s[:pairs])
    seen, repeated = _count_cells(columns, window.again, gap_days, np.array([float(window.cut_s), prior]))
    size = int(numbers.max(initial=0)) + 1
    held = np.bincount(numbers[item], minlength=size).astype(np.float64)
    again = np.bincount(numbers[item[window.again]], minlength=size).astype(np.float64)
    return RepeatCounts(seen, repeated, held, again)


def added(counts: Sequence[RepeatCounts]) -> RepeatCounts:
    """Return the sum of several windows, at least one."""
    size = max(len(one.held) for one in counts)
    return RepeatCounts(
        seen=np.sum([one.seen for one in counts], axis=0),
        repeated=np.sum([one.repeated for one in counts], axis=0),
        held=np.sum([np.pad(one.held, (0, size - len(one.held))) for one in counts], axis=0),
        again=np.sum([np.pad(one.again, (0, size - len(one.again))) for one in counts], axis=0),
    )


class _Pairs(NamedTuple):
    item: Int32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array


@njit(cache=True, nogil=True)
def _count_cells(
    pairs: _Pairs,
    again: BoolArray,
    gap_days: Float32Array,
    constants: Float64Array,
) -> tuple[Float64Array, Float64Array]:
    seen = np.zeros(HAZARD_SHAPE)
    repeated = np.zeros(HAZARD_SHAPE)
    for pair in range(again.size):
        span_s = float(np.int64(pairs.last_s[pair]) - np.int64(pairs.first_s[pair]))
        gap = expected_gap_days(
            np.int64(pairs.orders[pair]), span_s, gap_days[pairs.item[pair]], constants[1]
        )
        elapsed = max(constants[0] - float(pairs.last_s[pair]), 0.0) / DAY_S
        row = count_bucket_of(np.int64(pairs.orders[pair]), COUNT_BOUNDS)
        column = bucket_of(elapsed / gap, RATIO_BOUNDS)
        seen[row, column] += 1.0
        if again[pair]:
            repeated[row, column] += 1.0
    return seen, repeated
