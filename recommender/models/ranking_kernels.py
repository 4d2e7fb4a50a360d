"""The second stage, compiled: the order of one customer's candidates, or of many customers' at once."""

import numpy as np
from numba import njit

from recommender.models.nth_largest import best_of
from recommender.models.offer_tables import RankerTables
from recommender.models.trees import TreeTables, by_column, taken, tree_scores_of_columns
from recommender.types import Float32Array, Int64Array

TREE_ROWS = 64
"""The trees look at this many candidates of a customer, the best by the linear model: twice as many as a tree asks at once.
On past windows of two shops nothing was lost by it (docs/ranking.md), and hardly a slate is longer."""


@njit(cache=True, nogil=True)
def ranked(columns: Float32Array, count: int, ranker: RankerTables) -> Float32Array:
    """Return the binary logarithm of each candidate's expected purchases, -30 at least, ``float32 [count]``.

    The order is the mean of the standardised models'; the level is the sum of their chances, shared out by order.
    ``columns`` are the candidates' features, see :func:`by_column`.
    """
    order = np.zeros(count, np.float32)
    log_odds = _linear(columns, ranker.linear)[:count]
    rows = _rows_for_trees(log_odds, ranker)
    if ranker.weights[2] > 0:
        _add_standardised(log_odds, ranker.weights[2], order)
    if rows.size < count:
        columns = taken(columns, rows)
    if ranker.weights[0] > 0:
        score = _worst_for_the_rest(columns, ranker.pairwise, rows, count)
        _add_standardised(score, ranker.weights[0], order)
    if ranker.weights[1] > 0:
        score = _worst_for_the_rest(columns, ranker.binary, rows, count)
        _add_standardised(score, ranker.weights[1], order)
        for position in range(rows.size):
            log_odds[rows[position]] = score[rows[position]]
    chance, total = 1e-9, 1e-9
    for row in range(count):
        chance += 1.0 / (1.0 + np.exp(-float(log_odds[row])))
        total += np.exp(float(order[row]))
    level = np.log2(chance / total)
    for row in range(count):
        order[row] = max(order[row] * np.log2(np.e) + level, -30.0)
    return order


@njit(cache=True, nogil=True)
def standardised_scores(x: Float32Array, indptr: Int64Array, ranker: RankerTables) -> Float32Array:
    """Return what each model of a ranker says about many customers' candidates, standardised: ``float32 [3, rows]``.

    ``x`` is ``float32 [rows, features]``, and ``indptr`` says which rows are whose.
    """
    out = np.zeros((3, x.shape[0]), np.float32)
    for customer in range(indptr.size - 1):
        begin, end = indptr[customer], indptr[customer + 1]
        columns = by_column(x[begin:end])
        linear = _linear(columns, ranker.linear)[: end - begin]
        rows = _rows_for_trees(linear, ranker)
        if rows.size < end - begin:
            columns = taken(columns, rows)
        for model in range(3):
            if model == 2:
                score = linear
            else:
                trees = ranker.pairwise if model == 0 else ranker.binary
                score = _worst_for_the_rest(columns, trees, rows, end - begin)
            _add_standardised(score, 1.0, out[model, begin:end])
    return out


@njit(cache=True, nogil=True)
def _rows_for_trees(log_odds: Float32Array, ranker: RankerTables) -> Int64Array:
    """Return the rows that the trees look at, ascending: all, where no linear model tells them apart."""
    rows: Int64Array = best_of(log_odds, TREE_ROWS if np.any(ranker.linear[1:] != 0) else log_odds.size)
    return rows


@njit(cache=True, nogil=True)
def _worst_for_the_rest(
    columns: Float32Array, trees: TreeTables, rows: Int64Array, count: int
) -> Float32Array:
    """Return what trees say about ``rows``, whose features are ``columns``, and the least of it about all others, ``float32 [count]``."""
    few: Float32Array = tree_scores_of_columns(columns, trees)[: rows.size]
    if rows.size == count:
        return few
    out = np.full(count, few.min(), np.float32)
    for position in range(rows.size):
        out[rows[position]] = few[position]
    return out


@njit(cache=True, nogil=True)
def _linear(columns: Float32Array, coefficients: Float32Array) -> Float32Array:
    out = np.full(columns.shape[1], coefficients[0], np.float32)
    for row in range(columns.shape[0]):
        slope, column = coefficients[1 + row], columns[row]
        if slope != 0:
            for position in range(out.size):
                out[position] += slope * column[position]
    return out


@njit(cache=True, nogil=True)
def _add_standardised(score: Float32Array, weight: float, out: Float32Array) -> None:
    """Add a model's scores, less their mean, over their deviation."""
    count, total, squares = score.size, 0.0, 0.0
    for row in range(count):
        total += float(score[row])
        squares += float(score[row]) * float(score[row])
    mean = total / max(count, 1)
    spread = np.sqrt(max(squares / max(count, 1) - mean * mean, 0.0))
    scale = weight / spread if spread > 1e-6 else 0.0
    for row in range(count):
        out[row] += np.float32((float(score[row]) - mean) * scale)
