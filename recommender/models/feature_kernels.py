"""Features of a customer's candidates, compiled; the same code fits and serves.

Everything is relative to the customer's own candidates, or a ratio, so that it means the same in every window.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.models.item_facts import ABSOLUTE, RELATIVE
from recommender.models.offer_tables import OfferTables
from recommender.models.repeat_kernels import RepeatInput
from recommender.models.source_kernels import LONGER, folded_in, says
from recommender.models.trees import padded
from recommender.types import Float32Array, Int32Array

SPARSE = ("together", "lately", "newly", "spectral", "content")
CUSTOMER = ("items", "orders", "elapsed", "tenure", "items_per_order", "fresh_share")
FEATURES = (
    *SPARSE,
    *(f"{name}_place" for name in SPARSE),
    "factors",
    "even_blend",
    *RELATIVE,
    *ABSOLUTE,
    "price_against_habit",
    "price_distance",
    "broad_lift",
    "narrow_lift",
    "narrow_freshness",
    *CUSTOMER,
)
"""Rows of the feature matrix, all finite."""

_N_SPARSE, _N_RELATIVE, _N_ABSOLUTE = len(SPARSE), len(RELATIVE), len(ABSOLUTE)
_FLOOR = np.float32(1e-3)
_PLACES = 64
_PER_LOG = np.float32(6.3)
"""Places of a doubling: those down to ``_FLOOR`` are no more than ``_PLACES``."""

_LEAST_NORMAL = np.float32(2.0**-126)
"""Below it a ``float32`` has fewer digits, and one over it may be infinite."""

_RAISED = np.float32(2.0**64)
"""Times this, numbers below ``_LEAST_NORMAL`` keep their ratios, digit by digit."""


class Scored(NamedTuple):
    """One customer's candidates and what the first stage said."""

    item: Int32Array
    """Candidates, ``int32 [c]``."""
    sparse: Float32Array
    """Score of every item within reach by each item-to-item source, ``float32 [sources, reach]``."""


@njit(cache=True, nogil=True)
def features(scored: Scored, bought: RepeatInput, tables: OfferTables, now_s: int) -> Float32Array:
    """Return one column per candidate, ``float32 [rows, candidates rounded up]``; added columns are 0.

    Rows are :data:`FEATURES`, then planned and past promotions of each kind where the tables have any.
    """
    count = scored.item.size
    promoted = tables.facts.promoted.shape[1]
    out = np.zeros((len(FEATURES) + promoted, padded(count)), np.float32)
    at = 2 * _N_SPARSE
    for source in range(_N_SPARSE):
        if _ratios(scored.sparse[source], scored.item, out[source]):
            for position in range(count):
                out[at + 1, position] += out[source, position]
            _rough_logs(out[source], count)
            _places(out[source], count, out[_N_SPARSE + source])
    _factors(scored.item, bought, tables, now_s, out[at])
    at += 2
    _facts(scored.item, tables, out[at : at + _N_RELATIVE + _N_ABSOLUTE])
    at += _N_RELATIVE + _N_ABSOLUTE
    long_says = says(bought.last_s, now_s, LONGER * tables.constants[0])
    _prices(scored.item, bought.item, long_says, tables, out[at : at + 2])
    _categories(scored.item, bought.item, long_says, tables, out[at + 2 : at + 5])
    _customer(bought, now_s, tables.constants[3], count, out[at + 5 :])
    if promoted > 0:
        _promotions(scored.item, tables.facts.promoted, out[len(FEATURES) :])
    return out


@njit(cache=True, nogil=True)
def _ratios(score: Float32Array, item: Int32Array, out: Float32Array) -> bool:
    """Write each candidate's score over the best one's, and return whether any is above zero.

    Purchases of many years ago are worth next to nothing, and their ratios are ratios all the same.
    """
    best = np.float32(0.0)
    for position in range(item.size):
        out[position] = score[item[position]]
        best = max(best, out[position])
    if 0 < best < _LEAST_NORMAL:
        for position in range(item.size):
            out[position] *= _RAISED
        best *= _RAISED
    if best > 0:
        scale = np.float32(1.0) / best
        for position in range(item.size):
            out[position] *= scale
    return bool(best > 0)


@njit(cache=True, nogil=True)
def _rough_logs(ratio: Float32Array, count: int) -> None:
    """Replace ratios by their binary logarithm, -10 at least, right to a twelfth.

    The bits of a float, read as an integer, are its logarithm with the fraction left straight: monotone, and one
    vectorised conversion.
    """
    bits = ratio.view(np.int32)
    for position in range(count):
        ratio[position] = max(_FLOOR, ratio[position])  # in this order no number at all is the floor, too
        ratio[position] = np.float32(bits[position]) * np.float32(2.0**-23) - np.float32(127.0)


@njit(cache=True, nogil=True)
def _places(logs: Float32Array, count: int, out: Float32Array) -> None:
    """Write the share of candidates that are clearly better: places, counted in 64 steps of the logarithm."""
    cells = np.zeros(_PLACES + 1, np.int32)
    for position in range(count):
        cells[_cell_of(logs[position])] += 1
    for cell in range(1, _PLACES + 1):
        cells[cell] += cells[cell - 1]
    for position in range(count):
        cell = _cell_of(logs[position])
        out[position] = np.float32(0.0) if cell == 0 else np.float32(cells[cell - 1]) / np.float32(count)


@njit(cache=True, nogil=True, inline="always")
def _cell_of(log: np.float32) -> int:
    """Return the step of a logarithm, within the cells whatever number it is."""
    return min(max(int(-log * _PER_LOG), 0), _PLACES)


@njit(cache=True, nogil=True)
def _factors(
    item: Int32Array, bought: RepeatInput, tables: OfferTables, now_s: int, out: Float32Array
) -> None:
    """Write the factorisation's score over the best one's; the factors are asked about the candidates only."""
    factors = tables.factors
    if factors.size == 0 or bought.item.size == 0:
        return
    customer = folded_in(bought.item, bought.last_s, tables, now_s)
    best = np.float32(1e-6)
    for position in range(item.size):
        if item[position] < factors.shape[0]:
            row = factors[item[position]]
            total = np.float32(0.0)
            for dimension in range(customer.size):
                total += customer[dimension] * row[dimension]
            out[position] = total
            best = max(best, total)
    for position in range(item.size):
        out[position] /= best


@njit(cache=True, nogil=True)
def _facts(item: Int32Array, tables: OfferTables, out: Float32Array) -> None:
    values = tables.facts.values
    for position in range(item.size):
        row = values[item[position]]
        for column in range(out.shape[0]):
            out[column, position] = row[column]
    for column in range(_N_RELATIVE):
        best = np.float32(-np.inf)
        for position in range(item.size):
            best = max(best, out[column, position])
        for position in range(item.size):
            out[column, position] -= best


@njit(cache=True, nogil=True)
def _prices(
    item: Int32Array, owned: Int32Array, say: Float32Array, tables: OfferTables, out: Float32Array
) -> None:
    """Write the price against what the customer usually pays, doublings, and its size; 0 where unknown."""
    values = tables.facts.values
    last = values.shape[1] - 1
    total, weight = np.float32(0.0), np.float32(0.0)
    for position in range(owned.size):
        price = values[owned[position], last]
        if price != 0:
            total += say[position] * price
            weight += say[position]
    if weight == 0:
        return
    habit = total / weight
    for position in range(item.size):
        price = values[item[position], last]
        if price != 0:
            out[0, position] = price - habit
            out[1, position] = abs(price - habit)


@njit(cache=True, nogil=True)
def _categories(
    item: Int32Array, owned: Int32Array, say: Float32Array, tables: OfferTables, out: Float32Array
) -> None:
    """Write by how much the customer's share of the broad and of the narrow category exceeds the shop's, and how fresh."""
    category, share = tables.facts.category, tables.facts.share
    if share.size == 1:
        return
    weight = np.zeros(share.size, np.float32)
    freshest = np.zeros(share.size, np.float32)
    total = np.float32(1e-6)
    for position in range(owned.size):
        broad, narrow = category[owned[position], 0], category[owned[position], 1]
        weight[broad] += say[position]
        weight[narrow] += say[position]
        total += say[position]
        freshest[narrow] = max(freshest[narrow], say[position])
    prior = np.float32(2.0)
    for position in range(item.size):
        for level in range(2):
            kind = category[item[position], level]
            mine = (weight[kind] + prior * share[kind]) / (total + prior)
            out[level, position] = np.log2(mine / share[kind])
        out[2, position] = freshest[category[item[position], 1]]


@njit(cache=True, nogil=True)
def _customer(bought: RepeatInput, now_s: int, window_s: float, count: int, out: Float32Array) -> None:
    """Write what holds for all candidates of the customer."""
    orders, first_s, last_s = bought.customer[0], bought.customer[1], bought.customer[2]
    items = bought.item.size
    recent = 0
    for position in range(items):
        recent += 1 if float(now_s) - float(bought.first_s[position]) < window_s else 0
    elapsed = max(float(now_s - last_s), 0.0) / window_s if orders > 0 else 100.0
    tenure = max(float(now_s - first_s), 0.0) / window_s if orders > 0 else 0.0
    out[0, :count] = np.log2(1.0 + items)
    out[1, :count] = np.log2(1.0 + orders)
    out[2, :count] = np.log2(0.02 + elapsed)
    out[3, :count] = np.log2(0.02 + tenure)
    out[4, :count] = np.log2((1.0 + items) / (1.0 + orders))
    out[5, :count] = recent / max(items, 1)


@njit(cache=True, nogil=True)
def _promotions(item: Int32Array, promoted: Float32Array, out: Float32Array) -> None:
    """Write each candidate's promotions less the mean over the candidates: a campaign for everything favours nothing."""
    for column in range(out.shape[0]):
        total = np.float32(0.0)
        for position in range(item.size):
            out[column, position] = promoted[item[position], column]
            total += out[column, position]
        mean = total / np.float32(max(item.size, 1))
        for position in range(item.size):
            out[column, position] -= mean
