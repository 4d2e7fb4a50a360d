"""Compiled probabilities and due times of buying again, for one customer; the same code fits and serves."""

import numpy as np
from numba import njit

from recommender.models.nth_largest import best_of
from recommender.models.repeat_facts import decayed_counts
from recommender.models.repeat_features import (
    FEATURES,
    bucket_of,
    count_bucket_of,
    expected_gap_days,
    repeat_columns,
    repeat_features,
)
from recommender.models.repeat_level import level_of_rest
from recommender.models.repeat_tables import DAY_S, HAZARD_SHAPE, RepeatInput, RepeatTables
from recommender.models.trees import TreeTables, by_column, taken, tree_scores_of_columns
from recommender.types import Float32Array, Int64Array

__all__ = [
    "FEATURES",
    "HAZARD_SHAPE",
    "TREE_ROWS",
    "RepeatInput",
    "RepeatTables",
    "bucket_of",
    "count_bucket_of",
    "decayed_counts",
    "expected_gap_days",
    "interpolate",
    "probability_of",
    "repeat_features",
    "repeat_log_odds",
    "repeat_scores",
    "rows_for_trees",
    "with_trees",
]

TREE_ROWS = 32
"""The trees look at this many items of a customer, those with the best log-odds: what is ranked below is not shown. As many
as a tree asks at once."""


@njit(cache=True, nogil=True)
def interpolate(value: float, xs: Float32Array, ys: Float32Array) -> float:
    """Return the piecewise linear function through the knots, constant outside; nan at nan."""
    if value <= xs[0]:
        return float(ys[0])
    if value >= xs[-1]:
        return float(ys[-1])
    right = min(int(np.searchsorted(xs, np.float32(value), side="right")), xs.size - 1)
    left = right - 1
    part = (value - xs[left]) / (xs[right] - xs[left])
    return float(ys[left] + part * (ys[right] - ys[left]))


@njit(cache=True, nogil=True)
def repeat_log_odds(features: Float32Array, hinges: Float32Array, coefficients: Float32Array) -> Float32Array:
    """Return the piecewise linear logistic score of every row, ``float32 [h]``."""
    out: Float32Array = log_odds_of_columns(by_column(features), hinges, coefficients)[: features.shape[0]]
    return out


@njit(cache=True, nogil=True)
def log_odds_of_columns(
    columns: Float32Array, hinges: Float32Array, coefficients: Float32Array
) -> Float32Array:
    """Return the scores of rows that are columns already, see :func:`by_column`; padding included.

    Row by row every sum would wait for the one before; side by side, eight rows take the time of one.
    """
    out = np.full(columns.shape[1], coefficients[0], np.float32)
    count, knots = columns.shape[0], hinges.shape[1]
    for column in range(count):
        values, slope = columns[column], coefficients[1 + column]
        for row in range(out.size):
            out[row] += slope * values[row]
        at = 1 + count + column * knots
        for knot in range(knots):
            bend, begin = coefficients[at + knot], hinges[column, knot]
            for row in range(out.size):
                out[row] += bend * max(values[row] - begin, np.float32(0.0))
    return out


@njit(cache=True, nogil=True)
def rows_for_trees(log_odds: Float32Array) -> Int64Array:
    """Return the rows that the trees look at: all, or those with the best log-odds, ascending."""
    rows: Int64Array = best_of(log_odds, TREE_ROWS)
    return rows


@njit(cache=True, nogil=True)
def with_trees(log_odds: Float32Array, tree_score: Float32Array) -> Float32Array:
    """Return the mean of both log-odds, as a probability that is still to be calibrated."""
    mean: Float32Array = probability_of((log_odds + tree_score) * np.float32(0.5))
    return mean


@njit(cache=True, nogil=True)
def probability_of(log_odds: Float32Array) -> Float32Array:
    """Return ``1 / (1 + e^-x)``: between two knots a probability is then mixed from probabilities."""
    out = np.empty(log_odds.size, np.float32)
    for row in range(log_odds.size):
        out[row] = 1.0 / (1.0 + np.exp(-log_odds[row]))
    return out


@njit(cache=True, nogil=True)
def repeat_scores(bought: RepeatInput, tables: RepeatTables, now_s: int) -> tuple[Float32Array, Int64Array]:
    """Return P(bought again within the window) and the due time of every history item.

    Due is the last purchase plus the expected gap, in which the time since counts as an interval that is not over
    yet: what stays away longer than expected is expected later.
    """
    columns, size = repeat_columns(bought, tables, now_s), bought.item.size
    log_odds = log_odds_of_columns(columns, tables.hinges, tables.coefficients)[:size]
    if tables.tree_indptr.size == 1:
        probability = _without_trees(log_odds, tables)
    elif size <= TREE_ROWS:
        probability = np.empty(size, np.float32)
        _judge_by_trees(probability, columns, log_odds, tables)
    else:
        probability = _without_trees(_rest_of_customer(log_odds, columns[:, 0].copy(), tables), tables)
        _judge_by_trees(probability, columns, log_odds, tables)
    return probability, _due_times(bought, tables, now_s)


@njit(cache=True, nogil=True)
def _without_trees(log_odds: Float32Array, tables: RepeatTables) -> Float32Array:
    probability: Float32Array = probability_of(log_odds)
    for row in range(log_odds.size):
        probability[row] = interpolate(float(probability[row]), tables.knot_score, tables.knot_probability)
    return probability


@njit(cache=True, nogil=True)
def _rest_of_customer(log_odds: Float32Array, features: Float32Array, tables: RepeatTables) -> Float32Array:
    """Return log-odds of rows that trees do not look at; ``features`` are any row of this customer."""
    if tables.rest.size == 0:
        return log_odds
    level, slope = level_of_rest(features, tables.hinges, tables.rest), tables.rest[1]
    out = np.empty(log_odds.size, np.float32)
    for row in range(out.size):
        out[row] = slope * log_odds[row] + level
    return out


@njit(cache=True, nogil=True)
def _judge_by_trees(
    probability: Float32Array, columns: Float32Array, log_odds: Float32Array, tables: RepeatTables
) -> None:
    """Take the probabilities of the best rows from trees and regression."""
    rows = rows_for_trees(log_odds)
    trees = TreeTables(
        tables.tree_indptr, tables.tree_feature, tables.tree_threshold, tables.tree_mask, tables.tree_leaf
    )
    if rows.size < log_odds.size:
        columns = taken(columns, rows)
    score = with_trees(log_odds[rows], tree_scores_of_columns(columns, trees)[: rows.size])
    for at in range(rows.size):
        probability[rows[at]] = interpolate(
            float(score[at]), tables.tree_knot_score, tables.tree_knot_probability
        )


@njit(cache=True, nogil=True)
def _due_times(bought: RepeatInput, tables: RepeatTables, now_s: int) -> Int64Array:
    due_at_s, gap_days = np.empty(bought.item.size, np.int64), tables.gap_days
    for row in range(bought.item.size):
        first_s, last_s = np.int64(bought.first_s[row]), np.int64(bought.last_s[row])
        known_s = max(float(now_s - first_s), float(last_s - first_s))
        item_gap = float(gap_days[bought.item[row]])
        gap = expected_gap_days(np.int64(bought.orders[row]), known_s, item_gap, tables.constants[1])
        due_at_s[row] = last_s + np.int64(gap * DAY_S)
    return due_at_s
