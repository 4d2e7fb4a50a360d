"""What customers with the same habits buy: an owned item's place in few dimensions, against the rest of what is owned."""

import numpy as np
from numba import njit

from recommender.models.fast_logs import take_logs
from recommender.models.repeat_facts import RecentFacts
from recommender.models.repeat_tables import ITSELF, PULL, RepeatInput, RepeatTables
from recommender.types import Float32Array

SLOWLY = 4
"""Column of the counts that a habit is read from: by order, slowly decayed."""

_ROUNDING = np.float32(1e-5)
"""Of a sum that an item argues for itself alone, so much may be left by rounding."""

_FEW = 0.02
"""Added to ratios before the logarithm."""


@njit(cache=True, nogil=True, error_model="numpy")
def add_taste(out: Float32Array, bought: RepeatInput, facts: RecentFacts, tables: RepeatTables) -> None:
    """Fill one column, ``float32 [h at least]``: the log of what the other owned items argue for each, over the mean of all.

    ``sum over the others j of log(1 + count_j) t_j . t_i / scale_i^2``, with rows ``t`` of a truncated decomposition of
    all customers' counts: what customers alike do, at the price of two passes over the rows of what is owned. 0 for
    whoever owns one item, or none with a taste.
    """
    size, taste, of_item = bought.item.size, tables.taste, tables.item
    habit, total = np.empty(size, np.float32), np.zeros(taste.shape[1], np.float32)
    for row in range(size):
        habit[row] = facts.counts[row, SLOWLY] + 1.0
    take_logs(habit)
    for row in range(size):
        mine = taste[bought.item[row]]
        for column in range(total.size):
            total[column] += habit[row] * mine[column]
    mean = np.float32(0.0)
    for row in range(size):
        mine = taste[bought.item[row]]
        others = _product(mine, total) * of_item[bought.item[row], PULL]
        argued = others - habit[row] * of_item[bought.item[row], ITSELF]
        out[row] = argued if argued > _ROUNDING * others else 0.0
        mean += out[row]
    mean /= np.float32(max(size, 1))
    for row in range(size):
        out[row] = out[row] / mean + _FEW if mean > 0.0 else 1.0
    take_logs(out[:size])


@njit(cache=True, nogil=True)
def _product(left: Float32Array, right: Float32Array) -> np.float32:
    """Return the inner product, of a multiple of four: four sums side by side, because one would wait for itself."""
    a, b, c, d = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for begin in range(0, left.size, 4):
        a += left[begin] * right[begin]
        b += left[begin + 1] * right[begin + 1]
        c += left[begin + 2] * right[begin + 2]
        d += left[begin + 3] * right[begin + 3]
    return (a + b) + (c + d)
