"""What a customer's last lines say about each item: decayed counts, the last gap, orders since.

Lines come oldest first and are walked from the newest back, so that every order costs one power of two, however many
lines it has. What lies before the recent lines is known by its number and its first and last time only, and counts as
if it were spread evenly.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.data.weights import decay
from recommender.models.repeat_tables import RepeatInput
from recommender.types import Float64Array, Int32Array, Int64Array

FAST, SLOW = 0.8, 0.95
"""What an order still counts for each order that followed it."""

HALF_LIVES = (0.5, 2.0, 6.0)
"""Of the counts decayed by time, in windows: the second is the cube of the third's decay, the first its twelfth power."""

COUNTS = 5
"""Columns of counts: decayed by time at three half-lives, then by order, fast and slow."""

YEAR_S = 31_557_600
"""A mean Julian year, seconds."""


class RecentFacts(NamedTuple):
    """Per item of the history, ``[h]``, and per customer."""

    counts: Float64Array
    """Decayed orders with the item, ``[h, 5]``."""

    since: Float64Array
    """Orders of the customer after the last one with the item."""

    last_gap_s: Float64Array
    """Between the last two orders with the item; 0 with fewer than two among the recent lines."""

    last_quantity: Float64Array
    """Of the last order with the item; 0 where it is not among the recent lines."""

    year_ago: Float64Array
    """Orders with the item within a window of the same season a year ago."""

    of_customer: Float64Array
    """Decayed orders, ``[5]``; orders among the recent lines; lines; lines that were repeats."""


class _Older(NamedTuple):
    """The customer's orders before the recent lines: how many, from when to when, and what each counts by order."""

    orders: float
    first_s: float
    until_s: float
    fast: float
    slow: float


@njit(cache=True, nogil=True)
def mean_decay(youngest_s: float, oldest_s: float, half_life_s: float) -> float:
    """Return the mean of ``2^(-age / half-life)`` over ages spread evenly between two ages (seconds)."""
    if oldest_s - youngest_s < 1.0:
        return float(decay(youngest_s, half_life_s))
    fallen = decay(youngest_s, half_life_s) - decay(oldest_s, half_life_s)
    return float(fallen * half_life_s / (np.log(2.0) * (oldest_s - youngest_s)))


@njit(cache=True, nogil=True)
def decayed_counts(bought: RepeatInput, now_s: int, half_life_s: float) -> Float64Array:
    """Return the decayed orders per item, for half-lives of 1/12, 1/3 and 1 of the one given: ``float64 [h, 3]``."""
    counts: Float64Array = recent_facts(bought, now_s, half_life_s / HALF_LIVES[2]).counts[:, :3]
    return counts


@njit(cache=True, nogil=True)
def recent_facts(bought: RepeatInput, now_s: int, window_s: float) -> RecentFacts:
    """Return what the recent lines, and what is known of those before them, say about every item."""
    size = bought.item.size
    facts: RecentFacts = _no_facts(size)
    seen, oldest = np.zeros(size, np.int64), np.zeros(size, np.int64)
    weight = np.zeros(COUNTS)
    order_s = np.int64(-1)
    for line in range(bought.recent_item.size - 1, -1, -1):
        at_s = np.int64(bought.recent_s[line])
        if at_s != order_s:
            _next_order(weight, facts.of_customer, float(now_s - at_s), window_s)
            order_s = at_s
        at = _row_of(bought.item, bought.recent_item[line])
        if at < 0:
            continue
        facts.of_customer[6] += 1.0
        facts.of_customer[7] += 1.0 if at_s > np.int64(bought.first_s[at]) else 0.0
        if seen[at] == 0 or oldest[at] != at_s:
            _add_order(facts, at, weight, seen[at], oldest[at] - at_s)
            age_s = now_s - at_s
            if YEAR_S - 1.5 * window_s < age_s <= YEAR_S + 0.5 * window_s:
                facts.year_ago[at] += 1.0
            seen[at] += 1
            oldest[at] = at_s
        if seen[at] == 1:
            facts.last_quantity[at] += bought.recent_quantity[line]
    _add_older(
        bought, facts, (seen, oldest), _older(bought, facts.of_customer, weight, order_s), now_s, window_s
    )
    return facts


@njit(cache=True, nogil=True)
def _no_facts(size: int) -> RecentFacts:
    return RecentFacts(
        np.zeros((size, COUNTS)), np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(8)
    )


@njit(cache=True, nogil=True, inline="always")
def _row_of(items: Int32Array, item: int) -> int:
    """Return where an item stands among ascending ones, -1 where it does not: halves without a branch to be guessed wrong."""
    at, size = 0, items.size
    while size > 1:
        half = size >> 1
        at = at + half if items[at + half] <= item else at
        size -= half
    return at if size > 0 and items[at] == item else -1


@njit(cache=True, nogil=True, inline="always")
def _next_order(weight: Float64Array, of_customer: Float64Array, age_s: float, window_s: float) -> None:
    """Set what the next older order counts, and add it to the customer."""
    _decay_by_time(weight, age_s, window_s)
    weight[3] = 1.0 if of_customer[5] == 0.0 else weight[3] * FAST
    weight[4] = 1.0 if of_customer[5] == 0.0 else weight[4] * SLOW
    for column in range(COUNTS):
        of_customer[column] += weight[column]
    of_customer[5] += 1.0


@njit(cache=True, nogil=True, inline="always")
def _decay_by_time(weight: Float64Array, age_s: float, window_s: float) -> None:
    slow = float(decay(age_s, HALF_LIVES[2] * window_s))
    cube = slow * slow * slow
    weight[0] = cube * cube * cube * cube
    weight[1] = cube
    weight[2] = slow


@njit(cache=True, nogil=True, inline="always")
def _add_order(facts: RecentFacts, at: int, weight: Float64Array, seen: int, gap_s: int) -> None:
    for column in range(COUNTS):
        facts.counts[at, column] += weight[column]
    if seen == 0:
        facts.since[at] = facts.of_customer[5] - 1.0
    elif seen == 1:
        facts.last_gap_s[at] = float(gap_s)


@njit(cache=True, nogil=True)
def _older(bought: RepeatInput, of_customer: Float64Array, weight: Float64Array, oldest_s: int) -> _Older:
    orders = max(float(bought.customer[0]) - of_customer[5], 0.0)
    until_s = float(bought.customer[2]) if oldest_s < 0 else float(oldest_s)
    fast, slow = 1.0, 1.0
    if of_customer[5] > 0.0:
        fast, slow = weight[3] * FAST, weight[4] * SLOW
    fast *= (1.0 - FAST**orders) / ((1.0 - FAST) * max(orders, 1.0))
    slow *= (1.0 - SLOW**orders) / ((1.0 - SLOW) * max(orders, 1.0))
    return _Older(orders, float(bought.customer[1]), until_s, fast, slow)


@njit(cache=True, nogil=True)
def _add_older(
    bought: RepeatInput,
    facts: RecentFacts,
    found: tuple[Int64Array, Int64Array],
    older: _Older,
    now_s: int,
    window_s: float,
) -> None:
    """Add what lies before the recent lines: evenly spread orders, and items that only lie there."""
    seen, oldest = found
    if older.orders > 0.0:
        _add_spread(
            facts.of_customer, older.orders, older, (now_s - older.until_s, now_s - older.first_s), window_s
        )
    weight = np.zeros(COUNTS)
    for at in range(bought.item.size):
        last_s = np.int64(bought.last_s[at])
        rest = float(bought.orders[at]) - float(seen[at])
        if seen[at] == 0:
            _decay_by_time(weight, float(now_s - last_s), window_s)
            for column in range(3):
                facts.counts[at, column] += weight[column]
            facts.counts[at, 3] += older.fast
            facts.counts[at, 4] += older.slow
            back = (older.until_s - float(last_s)) / max(older.until_s - older.first_s, 1.0)
            facts.since[at] = facts.of_customer[5] + older.orders * min(max(back, 0.0), 1.0)
            oldest[at] = last_s
            rest -= 1.0
        if rest > 0.0:
            ages = (float(now_s - oldest[at]), float(now_s - np.int64(bought.first_s[at])))
            _add_spread(facts.counts[at], rest, older, ages, window_s)


@njit(cache=True, nogil=True, inline="always")
def _add_spread(
    counts: Float64Array, orders: float, older: _Older, ages_s: tuple[float, float], window_s: float
) -> None:
    """Add orders that are spread evenly between two ages."""
    youngest_s, oldest_s = max(ages_s[0], 0.0), max(ages_s[1], 0.0)
    for column in range(3):
        half_life_s = window_s * (0.5 if column == 0 else (2.0 if column == 1 else 6.0))
        counts[column] += orders * mean_decay(youngest_s, oldest_s, half_life_s)
    counts[3] += orders * older.fast
    counts[4] += orders * older.slow
