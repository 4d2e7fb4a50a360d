"""Compiled features of buying again, for one customer: one function fits and serves."""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.models.fast_logs import take_logs
from recommender.models.fetching import fetch
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
from recommender.models.trees import padded
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

_HAZARD, _COUNT_BELOW_BEST = 17, 23

_SMALL = 0.02
"""Added to ratios of times before the logarithm, in windows: half a day."""

_NO_GAP = np.exp(-5.0)
"""Stands for the time since the last order over the last gap where there was none."""

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
    columns = repeat_columns(bought, tables, now_s)
    out = np.empty((bought.item.size, N_FEATURES), np.float32)
    for row in range(out.shape[0]):
        for column in range(N_FEATURES):
            out[row, column] = columns[column, row]
    return out


@njit(cache=True, nogil=True)
def repeat_columns(bought: RepeatInput, tables: RepeatTables, now_s: int) -> Float32Array:
    """Return the same by column, ``float32 [features, h rounded up]``, as serving reads it; added rows hold any numbers."""
    size = bought.item.size
    _fetch_items(bought, tables)
    out = np.zeros((N_FEATURES, padded(size)), np.float32)
    facts = recent_facts(bought, now_s, tables.constants[0])
    customer = _customer(bought, tables, facts, now_s)
    ratio = _add_times(out, (bought, facts, customer), tables, now_s)
    _add_items(out, (bought, facts, customer), tables, ratio, now_s)
    _add_below_best(out[1, :size], out[_COUNT_BELOW_BEST])
    _add_below_best(out[_HAZARD, :size], out[_COUNT_BELOW_BEST + 1])
    add_amounts(out[_AMOUNTS:_TASTE], bought, facts, tables)
    add_taste(out[_TASTE], bought, facts, tables)
    _add_popularity(out[_POPULAR_FEATURE:], bought, tables)
    for column in range(OF_CUSTOMER, N_FEATURES):
        out[column, :size] = customer.columns[column - OF_CUSTOMER]
    return out


@njit(cache=True, nogil=True)
def _fetch_items(bought: RepeatInput, tables: RepeatTables) -> None:
    """Ask for what the model knows of the items: it lies anywhere in the tables."""
    for row in range(bought.item.size):
        fetch(tables.item[bought.item[row]], 0, ITEM_COLUMNS)
        fetch(tables.taste[bought.item[row]], 0, tables.taste.shape[1])


@njit(cache=True, nogil=True)
def _add_below_best(values: Float32Array, out: Float32Array) -> None:
    best = np.float32(-np.inf)
    for row in range(values.size):
        best = max(best, values[row])
    for row in range(values.size):
        out[row] = values[row] - best


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


@njit(cache=True, nogil=True, error_model="numpy")
def _add_times(
    out: Float32Array, known: tuple[RepeatInput, RecentFacts, _Customer], tables: RepeatTables, now_s: int
) -> Float64Array:
    """Fill the columns of counts and of elapsed times; return elapsed times over expected gaps."""
    bought, facts, customer = known
    window, prior = tables.constants[0] / DAY_S, tables.constants[1]
    per_window, per_cadence, per_order = 1.0 / window, 1.0 / customer.cadence, 1.0 / customer.orders
    ratio, gap_days = np.empty(bought.item.size), tables.gap_days
    for row in range(bought.item.size):
        for column in range(5):
            out[column, row] = facts.counts[row, column] + 1e-3
        count = float(bought.orders[row])
        last_s, first_s = np.int64(bought.last_s[row]), np.int64(bought.first_s[row])
        item_gap = float(gap_days[bought.item[row]])
        gap = expected_gap_days(np.int64(bought.orders[row]), float(last_s - first_s), item_gap, prior)
        elapsed = max(float(now_s - last_s) / DAY_S, 0.0)
        owned = max(float(now_s - first_s) / DAY_S, 0.0)
        ratio[row] = elapsed / gap
        out[5, row] = count
        out[6, row] = count * per_order
        out[7, row] = count / (owned * per_cadence + 1.0)
        out[8, row] = elapsed * per_window + _SMALL
        out[9, row] = facts.since[row] + 1.0
        out[10, row] = ratio[row] + _SMALL
        out[12, row] = elapsed / item_gap + _SMALL
        out[13, row] = elapsed * per_cadence + _SMALL
        last_gap = facts.last_gap_s[row] / DAY_S
        out[14, row] = elapsed / last_gap + _SMALL if last_gap > 0.0 else _NO_GAP
        out[15, row] = gap * per_window + _SMALL
    take_logs(out[:16].reshape(-1))
    for row in range(bought.item.size):
        out[11, row] = max(out[10, row], np.float32(0.0))
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
        out[16, row] = of_item[item, RATE]
        out[_HAZARD, row] = hazard[count_bucket_of(count, COUNT_BOUNDS), bucket_of(ratio[row], RATIO_BOUNDS)]
        out[18, row] = log_odds_of_pace(float(count) - 1.0, owned, (shape, pace), window)
        out[19, row] = of_item[item, FRESH]
        out[20, row] = of_item[item, TREND]
        out[21, row] = of_item[item, SEASON]
        out[22, row] = facts.year_ago[row]
        out[25, row] = of_item[item, LIFT]
        out[26, row] = of_item[item, LIFTS]


@njit(cache=True, nogil=True)
def _add_popularity(out: Float32Array, bought: RepeatInput, tables: RepeatTables) -> None:
    """Fill the columns of popularity, each less that of the customer's most popular item."""
    of_item, size = tables.item, bought.item.size
    for row in range(size):
        popular = of_item[bought.item[row]]
        for column in range(ITEM_COLUMNS - POPULAR):
            out[column, row] = popular[POPULAR + column]
    for column in range(ITEM_COLUMNS - POPULAR):
        _add_below_best(out[column, :size], out[column])
