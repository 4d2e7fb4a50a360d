"""Compiled features of buying again, for one customer: one function fits and serves."""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.models.repeat_amounts import add_amounts
from recommender.models.repeat_facts import RecentFacts, recent_facts
from recommender.models.repeat_tables import (
    COUNT_BOUNDS,
    DAY_S,
    FRESH,
    ITEM_COLUMNS,
    LIFT,
    LIFTS,
    PACE,
    POPULAR,
    RATE,
    RATIO_BOUNDS,
    SEASON,
    TREND,
    RepeatInput,
    RepeatTables,
)
from recommender.models.repeat_taste import add_taste
from recommender.types import Float32Array, Float64Array, Int64Array

FEATURES = (
    "decayed_short",
    "decayed_window",
    "decayed_long",
    "by_order_fast",
    "by_order",
    "orders",
    "share_of_orders",
    "orders_per_cadence",
    "elapsed",
    "orders_since",
    "elapsed_over_gap",
    "overdue",
    "elapsed_over_item_gap",
    "elapsed_over_cadence",
    "elapsed_over_last_gap",
    "expected_gap",
    "item_rate",
    "hazard",
    "intervals",
    "fresh",
    "trend",
    "season",
    "year_ago",
    "decayed_below_best",
    "hazard_below_best",
    "item_lift",
    "item_lifts",
    "quantity_over_item",
    "share_of_spend",
    "last_quantity_over_mean",
    "taste_over_mean",
    "popular_days_below_best",
    "popular_weeks_below_best",
    "popular_window_below_best",
    "popular_long_below_best",
    "popular_ever_below_best",
    "found_weeks_below_best",
    "found_window_below_best",
    "customer_elapsed",
    "customer_cadence",
    "customer_overdue",
    "customer_repeats",
    "customer_orders",
    "items",
    "recent_repeats",
    "customer_decayed",
    "customer_pace",
)
"""Columns of the feature matrix, all finite; the last nine are the same for all items of a customer."""

N_FEATURES = len(FEATURES)
OF_CUSTOMER = 38
"""The first column that belongs to the customer."""

_POPULAR_FEATURE = OF_CUSTOMER - (ITEM_COLUMNS - POPULAR)
_AMOUNTS, _TASTE = _POPULAR_FEATURE - 4, _POPULAR_FEATURE - 1

_SMALL = 0.02
"""Added to ratios of times before the logarithm, in windows: half a day."""

_NO_GAP = -5.0

_CERTAIN = 15.0
"""Log-odds beyond which nothing is surer; those of a buyer of tens of thousands would overflow."""


class _Customer(NamedTuple):
    """What is the same for all items of a customer; times in days."""

    orders: float
    cadence: float
    pace: float
    columns: Float64Array


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
def log_odds_of_pace(repeats: float, known: float, prior: tuple[float, float], window: float) -> float:
    """Return the log-odds of at least one repeat within a window, from a Gamma-Poisson model of intervals.

    With ``repeats`` in ``known`` days, the last interval open, the pace is ``Gamma(shape + repeats, rate + known)``, and
    ``P(none) = (1 + window / (rate + known)) ^ -(shape + repeats)`` (Bhagat et al., "Buy It Again", KDD 2018).

    Parameters
    ----------
    repeats
        Orders after the first one.
    known
        Days since the first one.
    prior
        Shape, and mean pace per day.
    window
        Days.
    """
    shape, pace = prior
    log_none = -(shape + repeats) * np.log(1.0 + window / (shape / pace + known))
    return float(np.log(max(np.expm1(min(-log_none, _CERTAIN)), 1e-6)))


@njit(cache=True, nogil=True)
def repeat_features(bought: RepeatInput, tables: RepeatTables, now_s: int) -> Float32Array:
    """Return one row per history item, ``float32 [h, features]``, columns as in ``FEATURES``."""
    out = np.empty((bought.item.size, N_FEATURES), np.float32)
    facts = recent_facts(bought, now_s, tables.constants[0])
    customer = _customer(bought, tables, facts, now_s)
    ratio = _add_times(out, (bought, facts, customer), tables, now_s)
    _add_items(out, (bought, facts, customer), tables, ratio, now_s)
    best_count, best_hazard = np.float32(-np.inf), np.float32(-np.inf)
    for row in range(bought.item.size):
        best_count = max(best_count, out[row, 1])
        best_hazard = max(best_hazard, out[row, 17])
    _add_popularity(out, bought, tables)
    add_amounts(out[:, _AMOUNTS:_TASTE], bought, facts, tables)
    add_taste(out[:, _TASTE], bought, facts, tables)
    for row in range(bought.item.size):
        out[row, 23] = out[row, 1] - best_count
        out[row, 24] = out[row, 17] - best_hazard
        for column in range(OF_CUSTOMER, N_FEATURES):
            out[row, column] = customer.columns[column - OF_CUSTOMER]
    return out


@njit(cache=True, nogil=True)
def _customer(bought: RepeatInput, tables: RepeatTables, facts: RecentFacts, now_s: int) -> _Customer:
    window = tables.constants[0] / DAY_S
    orders, of_item = float(max(bought.customer[0], 1)), tables.item
    total, expected = 0.0, 0.0
    for row in range(bought.item.size):
        total += float(bought.orders[row])
        known = max(float(now_s - np.int64(bought.first_s[row])), 0.0) / DAY_S
        expected += of_item[bought.item[row], PACE] * known
    items = float(max(bought.item.size, 1))
    shape = tables.constants[3]
    pace = (total - items + shape) / (expected + shape)
    cadence = (float(bought.customer[2] - bought.customer[1]) / DAY_S + 2.0 * window) / (orders + 1.0)
    away = max(float(now_s - bought.customer[2]) / DAY_S, 0.0)
    columns = np.empty(N_FEATURES - OF_CUSTOMER)
    columns[0] = np.log(away / window + _SMALL)
    columns[1] = np.log(cadence / window + _SMALL)
    columns[2] = columns[0] - columns[1]
    columns[3] = np.log(max(total, 1.0) / items)
    columns[4] = np.log(orders)
    columns[5] = np.log(items)
    columns[6] = (facts.of_customer[7] + 1.0) / (facts.of_customer[6] + 3.0)
    columns[7] = np.log(facts.of_customer[1] + 1e-3)
    columns[8] = np.log(pace)
    return _Customer(orders, cadence, pace, columns)


@njit(cache=True, nogil=True)
def _add_times(
    out: Float32Array, known: tuple[RepeatInput, RecentFacts, _Customer], tables: RepeatTables, now_s: int
) -> Float64Array:
    """Fill the columns of counts and of elapsed times; return elapsed times over expected gaps."""
    bought, facts, customer = known
    window, prior = tables.constants[0] / DAY_S, tables.constants[1]
    per_window, per_cadence = 1.0 / window, 1.0 / customer.cadence
    ratio, gap_days = np.empty(bought.item.size), tables.gap_days
    for row in range(bought.item.size):
        for column in range(5):
            out[row, column] = np.log(facts.counts[row, column] + 1e-3)
        count = float(bought.orders[row])
        last_s, first_s = np.int64(bought.last_s[row]), np.int64(bought.first_s[row])
        item_gap = float(gap_days[bought.item[row]])
        gap = expected_gap_days(np.int64(bought.orders[row]), float(last_s - first_s), item_gap, prior)
        elapsed = max(float(now_s - last_s) / DAY_S, 0.0)
        owned = max(float(now_s - first_s) / DAY_S, 0.0)
        ratio[row] = elapsed / gap
        out[row, 5] = np.log(count)
        out[row, 6] = np.log(count / customer.orders)
        out[row, 7] = np.log(count / (owned * per_cadence + 1.0))
        out[row, 8] = np.log(elapsed * per_window + _SMALL)
        out[row, 9] = np.log(facts.since[row] + 1.0)
        out[row, 10] = np.log(ratio[row] + _SMALL)
        out[row, 11] = max(out[row, 10], np.float32(0.0))
        out[row, 12] = np.log(elapsed / item_gap + _SMALL)
        out[row, 13] = np.log(elapsed * per_cadence + _SMALL)
        last_gap = facts.last_gap_s[row] / DAY_S
        out[row, 14] = np.log(elapsed / last_gap + _SMALL) if last_gap > 0.0 else _NO_GAP
        out[row, 15] = np.log(gap * per_window + _SMALL)
    return ratio


@njit(cache=True, nogil=True)
def _add_items(
    out: Float32Array,
    known: tuple[RepeatInput, RecentFacts, _Customer],
    tables: RepeatTables,
    ratio: Float64Array,
    now_s: int,
) -> None:
    """Fill the columns that past windows, and the item's other buyers, teach."""
    bought, facts, customer = known
    window, shape = tables.constants[0] / DAY_S, tables.constants[2]
    of_item, hazard = tables.item, tables.hazard
    for row in range(bought.item.size):
        item, count = bought.item[row], np.int64(bought.orders[row])
        owned = max(float(now_s - np.int64(bought.first_s[row])) / DAY_S, 0.0)
        pace = of_item[item, PACE] * customer.pace
        out[row, 16] = of_item[item, RATE]
        out[row, 17] = hazard[count_bucket_of(count, COUNT_BOUNDS), bucket_of(ratio[row], RATIO_BOUNDS)]
        out[row, 18] = log_odds_of_pace(float(count) - 1.0, owned, (shape, pace), window)
        out[row, 19] = of_item[item, FRESH]
        out[row, 20] = of_item[item, TREND]
        out[row, 21] = of_item[item, SEASON]
        out[row, 22] = facts.year_ago[row]
        out[row, 25] = of_item[item, LIFT]
        out[row, 26] = of_item[item, LIFTS]


@njit(cache=True, nogil=True)
def _add_popularity(out: Float32Array, bought: RepeatInput, tables: RepeatTables) -> None:
    """Fill the columns of popularity, each less that of the customer's most popular item."""
    of_item, best = tables.item, np.full(ITEM_COLUMNS - POPULAR, -np.inf, np.float32)
    for row in range(bought.item.size):
        popular = of_item[bought.item[row]]
        for column in range(best.size):
            best[column] = max(best[column], popular[POPULAR + column])
    for row in range(bought.item.size):
        popular = of_item[bought.item[row]]
        for column in range(best.size):
            out[row, _POPULAR_FEATURE + column] = popular[POPULAR + column] - best[column]
