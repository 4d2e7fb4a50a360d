"""Ranking all items for one customer, and marking the hits."""

import numpy as np
from numba import njit

from recommender.types import BoolArray, Float32Array, Int32Array

NOTHING = -1
"""An empty place in a ranked list."""


@njit(cache=True, nogil=True)
def top_k(score: Float32Array, forbidden: Int32Array, k: int) -> Int32Array:
    """Return the ``k`` best items, best first, ties by ascending item, -1 where items run out.

    Parameters
    ----------
    score
        ``float32 [n]``, finite.
    forbidden
        Items that may not be ranked.
    k
        Places, >= 1.

    Examples
    --------
    >>> top_k(np.array([1, 3, 3], dtype=np.float32), np.array([0], dtype=np.int32), 3).tolist()
    [1, 2, -1]
    """
    best = np.full(k, NOTHING, np.int32)
    value = np.full(k, -np.inf, np.float32)
    closed = np.zeros(score.size, np.uint8)
    closed[forbidden] = 1
    for item in range(score.size):
        if closed[item] == 1 or score[item] <= value[k - 1]:
            continue
        place = k - 1
        while place > 0 and score[item] > value[place - 1]:
            best[place] = best[place - 1]
            value[place] = value[place - 1]
            place -= 1
        best[place] = item
        value[place] = score[item]
    return best


def hits_of(ranked: Int32Array, positives: Int32Array) -> BoolArray:
    """Return which ranked items are positives; empty places are none."""
    found: BoolArray = np.isin(ranked, positives) & (ranked != NOTHING)
    return found
