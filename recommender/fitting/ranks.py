"""Ranking within groups of candidates."""

import numpy as np
from numba import njit

from recommender.types import BoolArray, Float32Array, Int64Array


@njit(cache=True, nogil=True)
def hits_at_k(score: Float32Array, indptr: Int64Array, is_positive: BoolArray, k: int) -> BoolArray:
    """Return whether the candidates at the first ``k`` ranks of each customer are positives, ``bool [customers, k]``."""
    hits = np.zeros((indptr.size - 1, k), np.bool_)
    for row in range(indptr.size - 1):
        mine = score[indptr[row] : indptr[row + 1]].copy()
        for place in range(min(k, mine.size)):
            best = np.argmax(mine)
            hits[row, place] = is_positive[indptr[row] + best]
            mine[best] = -np.inf
    return hits
