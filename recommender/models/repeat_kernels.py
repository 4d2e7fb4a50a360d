"""Compiled features and probabilities of buying again, for one customer; the same code fits and serves."""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.data.weights import decay
from recommender.types import Float32Array, Float64Array, Int32Array, Int64Array, UInt16Array, UInt32Array

DAY_S = 86_400.0
COUNT_BOUNDS = np.array([1, 2, 3, 5, 8, 13], np.int64)
"""Upper bounds of the buckets of orders of an item; one more bucket follows."""

RATIO_BOUNDS = np.array([0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0], np.float32)
"""Upper bounds of the buckets of elapsed time over the expected gap; one more bucket follows."""

HAZARD_SHAPE = (len(COUNT_BOUNDS) + 1, len(RATIO_BOUNDS) + 1)

FEATURES = (
    "decayed_short",
    "decayed_window",
    "decayed_long",
    "orders",
    "share_of_orders",
    "elapsed",
    "elapsed_over_gap",
    "overdue",
    "expected_gap",
    "item_rate",
    "hazard",
    "customer_elapsed",
    "customer_cadence",
    "customer_repeats",
    "customer_orders",
    "items",
)
"""Columns of the feature matrix, all finite."""


class RepeatInput(NamedTuple):
    """One customer's history as plain arrays; see :class:`recommender.data.History`."""

    item: Int32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array
    recent_item: Int32Array
    recent_s: UInt32Array
    customer: Int64Array
    """``[orders, first_s, last_s]`` of the customer."""


class RepeatTables(NamedTuple):
    """Everything that scoring a repeat reads; see :class:`recommender.models.ReplenishmentModel`."""

    gap_days: Float32Array
    rate: Float32Array
    hazard: Float32Array
    hinges: Float32Array
    coefficients: Float32Array
    knot_score: Float32Array
    knot_probability: Float32Array
    constants: Float64Array
    """``[window in seconds, gaps that the item's own gap is worth]``."""


@njit(cache=True, nogil=True)
def bucket_of(value: float, bounds: Float32Array) -> int:
    """Return the first bucket whose upper bound holds the value, or the one after the last bound."""
    for position in range(bounds.size):
        if value <= bounds[position]:
            return position
    return int(bounds.size)


@njit(cache=True, nogil=True)
def count_bucket_of(value: int, bounds: Int64Array) -> int:
    """Return the first bucket whose upper bound holds the count, or the one after the last bound."""
    for position in range(bounds.size):
        if value <= bounds[position]:
            return position
    return int(bounds.size)


@njit(cache=True, nogil=True)
def expected_gap_days(orders: int, span_s: float, item_gap_days: float, prior: float) -> float:
    """Return the days between two purchases: the customer's own gaps, shrunk to the item's.

    ``(own span + prior x item gap) / (own gaps + prior)``: the posterior mean under a Gamma prior on the rate.
    """
    gaps = float(max(orders - 1, 0))
    return (span_s / DAY_S + prior * item_gap_days) / (gaps + prior)


@njit(cache=True, nogil=True)
def mean_decay(youngest_s: float, oldest_s: float, half_life_s: float) -> float:
    """Return the mean of ``2^(-age / half-life)`` over ages spread evenly between two ages (seconds)."""
    if oldest_s - youngest_s < 1.0:
        return float(decay(youngest_s, half_life_s))
    fallen = decay(youngest_s, half_life_s) - decay(oldest_s, half_life_s)
    return float(fallen * half_life_s / (np.log(2.0) * (oldest_s - youngest_s)))


@njit(cache=True, nogil=True)
def decayed_counts(bought: RepeatInput, now_s: int, half_life_s: float) -> Float64Array:
    """Return the decayed count of orders per item, for half-lives of 1/12, 1/3 and 1 of the one given: ``float64 [h, 3]``.

    Orders among the recent lines count exactly. What lies before them is known by its number and its first and last
    time only, and counts as if it were spread evenly. A half-life of a third is the cube of the decay, a twelfth its
    twelfth power, so that each line costs one power of two.
    """
    size = bought.item.size
    out = np.zeros((size, 3))
    seen = np.zeros(size, np.int64)
    oldest = np.zeros(size, np.int64)
    newest = np.zeros(size, np.int64)
    for line in range(bought.recent_item.size):
        at = np.searchsorted(bought.item, bought.recent_item[line])
        at_s = np.int64(bought.recent_s[line])
        if at < size and bought.item[at] == bought.recent_item[line] and newest[at] != at_s:
            add_decayed(out[at], float(now_s - at_s), half_life_s)
            oldest[at] = at_s if seen[at] == 0 else oldest[at]
            newest[at] = at_s
            seen[at] += 1
    for at in range(size):
        last_s = np.int64(bought.last_s[at])
        rest = np.int64(bought.orders[at]) - seen[at]
        if seen[at] == 0:
            add_decayed(out[at], float(now_s - last_s), half_life_s)
            oldest[at] = last_s
            rest -= 1
        if rest > 0:
            young, old = float(now_s - oldest[at]), float(now_s - np.int64(bought.first_s[at]))
            for column in range(3):
                shorter_s = half_life_s / (12.0 if column == 0 else (3.0 if column == 1 else 1.0))
                out[at, column] += float(rest) * mean_decay(max(young, 0.0), max(old, 0.0), shorter_s)
    return out


@njit(cache=True, nogil=True)
def add_decayed(out: Float64Array, age_s: float, half_life_s: float) -> None:
    """Add one order of an age to the three counts of an item."""
    slow = float(decay(age_s, half_life_s))
    cube = slow * slow * slow
    out[0] += cube * cube * cube * cube
    out[1] += cube
    out[2] += slow


@njit(cache=True, nogil=True)
def repeat_features(bought: RepeatInput, tables: RepeatTables, now_s: int) -> Float32Array:
    """Return one row per history item, ``float32 [h, 16]``, columns as in ``FEATURES``."""
    window_s, prior = tables.constants[0], tables.constants[1]
    window_days = window_s / DAY_S
    out = np.empty((bought.item.size, 16), np.float32)
    counts = decayed_counts(bought, now_s, 6.0 * window_s)
    for row in range(bought.item.size):
        for column in range(3):
            out[row, column] = np.log(counts[row, column] + 1e-3)
    total = float(bought.orders.sum())
    orders = float(max(bought.customer[0], 1))
    span_s = float(bought.customer[2] - bought.customer[1])
    cadence_days = (span_s / DAY_S + 2.0 * window_days) / (orders - 1.0 + 2.0)
    away_days = max(float(now_s - bought.customer[2]) / DAY_S, 0.0)
    for row in range(bought.item.size):
        own_span_s = float(np.int64(bought.last_s[row]) - np.int64(bought.first_s[row]))
        count = np.int64(bought.orders[row])
        gap = expected_gap_days(count, own_span_s, tables.gap_days[bought.item[row]], prior)
        elapsed = max(float(now_s - np.int64(bought.last_s[row])) / DAY_S, 0.0)
        ratio = elapsed / gap
        out[row, 3] = np.log(float(count))
        out[row, 4] = np.log(float(count) / orders)
        out[row, 5] = np.log(elapsed / window_days + 0.02)
        out[row, 6] = np.log(ratio + 0.02)
        out[row, 7] = max(np.log(ratio + 0.02), 0.0)
        out[row, 8] = np.log(gap / window_days + 0.02)
        out[row, 9] = tables.rate[bought.item[row]]
        out[row, 10] = tables.hazard[count_bucket_of(count, COUNT_BOUNDS), bucket_of(ratio, RATIO_BOUNDS)]
        out[row, 11] = np.log(away_days / window_days + 0.02)
        out[row, 12] = np.log(cadence_days / window_days + 0.02)
        out[row, 13] = np.log(total / float(bought.item.size))
        out[row, 14] = np.log(orders)
        out[row, 15] = np.log(float(bought.item.size))
    return out


@njit(cache=True, nogil=True)
def interpolate(value: float, xs: Float32Array, ys: Float32Array) -> float:
    """Return the piecewise linear function through the knots, constant outside."""
    if value <= xs[0]:
        return float(ys[0])
    if value >= xs[-1]:
        return float(ys[-1])
    right = np.searchsorted(xs, np.float32(value), side="right")
    left = right - 1
    part = (value - xs[left]) / (xs[right] - xs[left])
    return float(ys[left] + part * (ys[right] - ys[left]))


@njit(cache=True, nogil=True)
def repeat_log_odds(features: Float32Array, hinges: Float32Array, coefficients: Float32Array) -> Float32Array:
    """Return the piecewise linear logistic score of every row, ``float32 [h]``."""
    out = np.empty(features.shape[0], np.float32)
    for row in range(features.shape[0]):
        total = float(coefficients[0])
        at = 1
        for column in range(features.shape[1]):
            total += float(coefficients[at]) * float(features[row, column])
            at += 1
        for column in range(features.shape[1]):
            for knot in range(hinges.shape[1]):
                total += float(coefficients[at]) * max(
                    float(features[row, column] - hinges[column, knot]), 0.0
                )
                at += 1
        out[row] = total
    return out


@njit(cache=True, nogil=True)
def repeat_scores(bought: RepeatInput, tables: RepeatTables, now_s: int) -> tuple[Float32Array, Int64Array]:
    """Return P(bought again within the window) and the due time of every history item."""
    features = repeat_features(bought, tables, now_s)
    log_odds = repeat_log_odds(features, tables.hinges, tables.coefficients)
    due_at_s = np.empty(bought.item.size, np.int64)
    for row in range(bought.item.size):
        log_odds[row] = interpolate(float(log_odds[row]), tables.knot_score, tables.knot_probability)
        span_s = float(np.int64(bought.last_s[row]) - np.int64(bought.first_s[row]))
        item_gap = float(tables.gap_days[bought.item[row]])
        gap = expected_gap_days(np.int64(bought.orders[row]), span_s, item_gap, tables.constants[1])
        due_at_s[row] = np.int64(bought.last_s[row]) + np.int64(gap * DAY_S)
    return log_odds, due_at_s
