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

_MOST_LIKELY = 0.95
"""Nothing is expected with more certainty: a customer's factor may lift a rate above 1."""


@dataclass(frozen=True, slots=True)
class RepeatWindow:
    """What was known at a cut, and for each pair (customers only) whether it was bought again in the window after."""

    cut_s: int
    known: Purchases
    histories: Histories
    again: BoolArray
    active: BoolArray
    """Which customers bought anything in the window, ``bool [customers]``."""

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
    active = np.zeros(len(histories), np.bool_)
    active[later.customer[later.customer >= 0]] = True
    return RepeatWindow(cut_s, known, histories, np.isin(key, bought), active)


@dataclass(frozen=True, slots=True)
class RepeatCounts:
    """What one window adds to the tables.

    Attributes
    ----------
    seen, repeated
        Pairs, by cell of the hazard.
    held, again, expected
        Pairs held, bought again, and expected to be by customers who came, by item number.
    """

    seen: Float64Array
    repeated: Float64Array
    held: Float64Array
    again: Float64Array
    expected: Float64Array


def repeat_counts(window: RepeatWindow, gap_days: Float32Array, prior: float) -> RepeatCounts:
    """Return how many pairs, and how many repeats, fell into each cell of count and elapsed over gap, and item."""
    holdings = window.histories.holdings
    pairs = len(window.again)
    item, numbers = holdings.item[:pairs], window.known.items.numbers
    columns = _Pairs(item, holdings.orders[:pairs], holdings.first_s[:pairs], holdings.last_s[:pairs])
    cell = _cells(columns, gap_days, np.array([float(window.cut_s), prior]))
    seen, repeated = (
        np.bincount(each, minlength=HAZARD_SHAPE[0] * HAZARD_SHAPE[1])
        .reshape(HAZARD_SHAPE)
        .astype(np.float64)
        for each in (cell, cell[window.again])
    )
    expected = _expected(cell, holdings.row_of_pair()[:pairs], window)
    size = int(numbers.max(initial=0)) + 1
    held = np.bincount(numbers[item], minlength=size).astype(np.float64)
    again = np.bincount(numbers[item[window.again]], minlength=size).astype(np.float64)
    by_item = np.bincount(numbers[item], weights=expected, minlength=size).astype(np.float64)
    return RepeatCounts(seen, repeated, held, again, by_item)


def added(counts: Sequence[RepeatCounts]) -> RepeatCounts:
    """Return the sum of several windows, at least one."""
    size = max(len(one.held) for one in counts)
    return RepeatCounts(
        seen=np.sum([one.seen for one in counts], axis=0),
        repeated=np.sum([one.repeated for one in counts], axis=0),
        held=np.sum([np.pad(one.held, (0, size - len(one.held))) for one in counts], axis=0),
        again=np.sum([np.pad(one.again, (0, size - len(one.again))) for one in counts], axis=0),
        expected=np.sum([np.pad(one.expected, (0, size - len(one.expected))) for one in counts], axis=0),
    )


class _Pairs(NamedTuple):
    item: Int32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array


def _expected(cell: Int64Array, row: Int32Array, window: RepeatWindow) -> Float64Array:
    """Return how likely each pair was to repeat, had all items been alike: 0 for customers who did not come.

    The rate of its cell among customers who came, times what this customer bought again over what that rate says of all
    that they own. What is left of it is the item's own doing.
    """
    came = window.active[row]
    seen = np.bincount(cell[came], minlength=int(cell.max(initial=0)) + 1)
    again = np.bincount(cell[came & window.again], minlength=len(seen))
    rate = np.where(came, (again / np.maximum(seen, 1))[cell], 0.0)
    customers = len(window.active)
    bought = np.bincount(row, weights=window.again, minlength=customers)
    factor = (bought + 1.0) / (np.bincount(row, weights=rate, minlength=customers) + 1.0)
    likely: Float64Array = np.minimum(rate * factor[row], _MOST_LIKELY)
    return likely


@njit(cache=True, nogil=True)
def _cells(pairs: _Pairs, gap_days: Float32Array, constants: Float64Array) -> Int64Array:
    """Return the cell of the hazard, counted row by row, that each pair is in."""
    cell = np.empty(pairs.item.size, np.int64)
    for pair in range(cell.size):
        span_s = float(np.int64(pairs.last_s[pair]) - np.int64(pairs.first_s[pair]))
        gap = expected_gap_days(
            np.int64(pairs.orders[pair]), span_s, gap_days[pairs.item[pair]], constants[1]
        )
        elapsed = max(constants[0] - float(pairs.last_s[pair]), 0.0) / DAY_S
        row = count_bucket_of(np.int64(pairs.orders[pair]), COUNT_BOUNDS)
        cell[pair] = row * HAZARD_SHAPE[1] + bucket_of(elapsed / gap, RATIO_BOUNDS)
    return cell
