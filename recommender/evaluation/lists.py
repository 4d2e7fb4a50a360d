"""Ranking a block of customers by dense scores, by what they own, and marking the hits."""

import numpy as np
from numba import njit

from recommender.evaluation.ranking import NOTHING
from recommender.evaluation.window import Task
from recommender.types import BoolArray, Float32Array, Int32Array, Int64Array

NEW_ITEMS, OWNED_ITEMS, ALL_ITEMS = 0, 1, 2
MAY_RANK = {Task.DISCOVER: NEW_ITEMS, Task.REPEAT: OWNED_ITEMS, Task.BASKET: ALL_ITEMS}
"""Which items a task ranks at all."""


@njit(cache=True, nogil=True)
def best_lists(
    scores: Float32Array, indptr: Int64Array, owned: Int32Array, may_rank: int, k: int
) -> Int32Array:
    """Return the ``k`` best items of every row, best first, ties by ascending item, -1 where items run out.

    Parameters
    ----------
    scores
        ``float32 [rows, n]``; -inf is never ranked.
    indptr, owned
        Items that each row owns, ``int64 [rows + 1]`` and ``int32``.
    may_rank
        ``NEW_ITEMS``: what is not owned; ``OWNED_ITEMS``: nothing else; ``ALL_ITEMS``.
    k
        Places, >= 1.

    Examples
    --------
    >>> scores = np.array([[3, 2, 1]], dtype=np.float32)
    >>> indptr, owned = np.array([0, 2]), np.array([0, 2], dtype=np.int32)
    >>> [best_lists(scores, indptr, owned, which, 2).tolist() for which in (NEW_ITEMS, OWNED_ITEMS, ALL_ITEMS)]
    [[[1, -1]], [[0, 2]], [[0, 1]]]
    """
    rows, n = scores.shape
    best = np.full((rows, k), NOTHING, np.int32)
    value = np.empty(k, np.float32)
    open_items = np.empty(n, np.bool_)
    for row in range(rows):
        open_items[:] = may_rank != OWNED_ITEMS
        for at in range(indptr[row], indptr[row + 1]):
            open_items[owned[at]] = may_rank != NEW_ITEMS
        value[:] = -np.inf
        for item in range(n):
            score = scores[row, item]
            if not open_items[item] or not score > value[k - 1]:
                continue
            place = k - 1
            while place > 0 and score > value[place - 1]:
                best[row, place] = best[row, place - 1]
                value[place] = value[place - 1]
                place -= 1
            best[row, place] = item
            value[place] = score
    return best


def hits_in_lists(ranked: Int32Array, indptr: Int64Array, positives: Int32Array, n_items: int) -> BoolArray:
    """Return which ranked items are positives of their row; empty places are none.

    Parameters
    ----------
    ranked
        ``int32 [rows, k]``, -1 where empty.
    indptr, positives
        Positives of each row, ``int64 [rows + 1]`` and ``int32``.
    n_items
        More than any item.

    Examples
    --------
    >>> ranked = np.array([[1, 2], [1, -1]], dtype=np.int32)
    >>> hits_in_lists(ranked, np.array([0, 1, 2]), np.array([2, 1], dtype=np.int32), 3).tolist()
    [[False, True], [True, False]]
    """
    row = np.arange(len(ranked), dtype=np.int64)
    wanted = np.repeat(row, np.diff(indptr)) * n_items + positives
    found: BoolArray = np.isin(row[:, None] * n_items + ranked, wanted) & (ranked != NOTHING)
    return found
