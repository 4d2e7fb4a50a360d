"""What past windows say about buying again: which pairs of customer and item were bought again, and how often."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.data import Histories, Purchases, histories_of
from recommender.models.repeat_kernels import (
    COUNT_BOUNDS,
    DAY_S,
    HAZARD_SHAPE,
    RATIO_BOUNDS,
    bucket_of,
    count_bucket_of,
    expected_gap_days,
)
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
    """Histories at a cut, and for each pair (customers only) whether it was bought again in the window after."""

    cut_s: int
    histories: Histories
    again: BoolArray


def repeat_window(purchases: Purchases, cut_s: int, window_s: int) -> RepeatWindow:
    """Return what was known at a cut and bought again after it, in the item space of ``purchases``."""
    histories = histories_of(purchases.between(0, cut_s))
    later = purchases.between(cut_s, cut_s + window_s)
    n_items = len(purchases.items)
    holdings = histories.holdings
    pairs = int(holdings.indptr[holdings.n_customers])
    key = holdings.row_of_pair()[:pairs].astype(np.int64) * n_items + holdings.item[:pairs]
    known = later.customer >= 0
    bought = np.unique(later.customer[known].astype(np.int64) * n_items + later.item[known])
    return RepeatWindow(cut_s, histories, np.isin(key, bought))


def item_gaps(histories: Histories, prior: float) -> Float32Array:
    """Return the mean days between two purchases of each item by one customer, shrunk to the shop's mean.

    ``(sum of spans + prior x shop's gap) / (number of gaps + prior)``; a shop without any repeat gets the mean
    time that its customers are known, at least a day.
    """
    holdings = histories.holdings
    pairs = int(holdings.indptr[holdings.n_customers])
    span = (holdings.last_s[:pairs].astype(np.int64) - holdings.first_s[:pairs]) / DAY_S
    gaps = holdings.orders[:pairs].astype(np.int64) - 1
    repeated = (gaps > 0) & (span > 0)
    item = holdings.item[:pairs][repeated]
    if repeated.any():
        shop = float(span[repeated].sum() / gaps[repeated].sum())
    else:
        shop = float(np.mean(histories.last_s - histories.first_s)) / DAY_S if len(histories) else 0.0
    total = np.bincount(item, weights=span[repeated], minlength=holdings.n_items)
    count = np.bincount(item, weights=gaps[repeated], minlength=holdings.n_items)
    return np.maximum((total + prior * shop) / (count + prior), 1.0).astype(np.float32)


def hazard_counts(
    window: RepeatWindow, gap_days: Float32Array, prior: float
) -> tuple[Float64Array, Float64Array]:
    """Return how many pairs, and how many repeats, fell into each cell of count and elapsed over gap."""
    holdings = window.histories.holdings
    pairs = len(window.again)
    seen, repeated = _count_cells(
        _Pairs(
            holdings.item[:pairs],
            holdings.orders[:pairs],
            holdings.first_s[:pairs],
            holdings.last_s[:pairs],
        ),
        window.again,
        gap_days,
        np.array([float(window.cut_s), prior]),
    )
    return seen, repeated


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


def item_counts(window: RepeatWindow) -> tuple[Int64Array, Int64Array]:
    """Return how many customers held each item at the cut, and how many of them bought it again."""
    holdings = window.histories.holdings
    item = holdings.item[: len(window.again)]
    held = np.bincount(item, minlength=holdings.n_items)
    return held, np.bincount(item[window.again], minlength=holdings.n_items)
