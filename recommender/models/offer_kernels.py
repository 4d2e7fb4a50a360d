"""Compiled scoring of product offers for one customer. One entry; plain arrays in, one array out."""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.data.weights import decay
from recommender.models.repeat_kernels import bucket_of, count_bucket_of
from recommender.models.row_solver import solve_row
from recommender.types import (
    BoolArray,
    Float32Array,
    Float64Array,
    Int16Array,
    Int32Array,
    Int64Array,
    UInt32Array,
)


class SparseRows(NamedTuple):
    """The arrays of one item-to-item model."""

    indptr: Int64Array
    neighbour: Int32Array
    weight: Float32Array


class OfferTables(NamedTuple):
    """Everything that scoring an offer reads; all arrays read-only."""

    popularity: Float32Array
    lift: Float32Array
    sparse: tuple[SparseRows, SparseRows, SparseRows]
    factors: Float32Array
    """``[m, f]``, C order."""
    by_dimension: Int16Array
    """``[f, m]``, C order, in units of ``dimension_unit``."""
    dimension_unit: Float32Array
    """``[f]``."""
    gram: Float32Array
    weights: Float32Array
    lifted: BoolArray
    activity: Float32Array
    order_counts: Int64Array
    elapsed_windows: Float32Array
    constants: Float64Array
    """``[half-life of a say, alpha, half-life of a confidence, window]``, times in seconds."""


TINY = 1e-30
_BLOCK = 2048


@njit(cache=True, nogil=True)
def add_neighbours(
    item: Int32Array,
    say: Float32Array,
    indptr: Int64Array,
    neighbour: Int32Array,
    weight: Float32Array,
    out: Float32Array,
) -> None:
    """Add every bought item's neighbours, weighted by its say."""
    for position in range(item.size):
        if item[position] + 1 < indptr.size:
            for entry in range(indptr[item[position]], indptr[item[position] + 1]):
                out[neighbour[entry]] += say[position] * weight[entry]


@njit(cache=True, nogil=True)
def add_factors(customer: Float32Array, factors: Int16Array, out: Float32Array) -> None:
    """Add the inner product with every item; ``customer`` is ``[f]`` and ``factors`` ``[f, m]``, walked four rows at a time in cached blocks.

    Sums below zero (an item unlike anything bought) become zero.
    """
    whole = customer.size - customer.size % 4
    for begin in range(0, factors.shape[1], _BLOCK):
        end = min(begin + _BLOCK, factors.shape[1])
        target = out[begin:end]
        for row in range(0, whole, 4):
            first, second = factors[row, begin:end], factors[row + 1, begin:end]
            third, fourth = factors[row + 2, begin:end], factors[row + 3, begin:end]
            a, b, c, d = customer[row], customer[row + 1], customer[row + 2], customer[row + 3]
            for column in range(target.size):
                target[column] += (a * np.float32(first[column]) + b * np.float32(second[column])) + (
                    c * np.float32(third[column]) + d * np.float32(fourth[column])
                )
        for row in range(whole, customer.size):
            last = factors[row, begin:end]
            for column in range(target.size):
                target[column] += customer[row] * np.float32(last[column])
        for column in range(target.size):
            target[column] = max(target[column], np.float32(0.0))


@njit(cache=True, nogil=True)
def best_unowned(score: Float32Array, item: Int32Array) -> float:
    """Return the largest score among items that are not owned, at least ``TINY``.

    Floats above zero order like their bits, and a maximum of integers vectorises.
    """
    owned = np.empty(item.size, np.float32)
    for position in range(item.size):
        owned[position] = score[item[position]]
        score[item[position]] = 0.0
    best = np.int32(0)
    bits = score.view(np.int32)
    for position in range(bits.size):
        best = max(best, bits[position])
    for position in range(item.size):
        score[item[position]] = owned[position]
    largest = np.empty(1, np.int32)
    largest[0] = best
    return max(float(largest.view(np.float32)[0]), TINY)


@njit(cache=True, nogil=True)
def mix_in(
    source: Float32Array, lift: Float32Array, lifted: bool, item: Int32Array, weight: float, out: Float32Array
) -> None:
    """Add one source, divided by the customer's best unowned item; the source is used up."""
    if lifted:
        for position in range(source.size):
            source[position] *= lift[position]
    scale = np.float32(weight / best_unowned(source, item))
    for position in range(source.size):
        out[position] += scale * source[position]


@njit(cache=True, nogil=True)
def says(last_s: UInt32Array, now_s: int, half_life_s: float) -> Float32Array:
    """Return how much each bought item has to say: its last purchase, decayed."""
    out = np.empty(last_s.size, np.float32)
    for position in range(last_s.size):
        out[position] = decay(float(now_s - np.int64(last_s[position])), half_life_s)
    return out


@njit(cache=True, nogil=True)
def activity_of(orders: int, elapsed_s: float, tables: "OfferTables") -> float:
    """Return P(the customer buys something new within the window), from orders and time since the last."""
    row = count_bucket_of(max(orders, 1), tables.order_counts)
    column = bucket_of(elapsed_s / tables.constants[3], tables.elapsed_windows)
    return float(tables.activity[row, column])


@njit(cache=True, nogil=True)
def raw_source(
    kind: int, item: Int32Array, last_s: UInt32Array, tables: "OfferTables", now_s: int, out: Float32Array
) -> None:
    """Fill ``out`` with the score of every item by one :class:`recommender.models.Source`, unscaled."""
    if kind == 0:
        out[:] = tables.popularity
        return
    out[:] = 0.0
    if kind < 4:
        rows = tables.sparse[kind - 1]
        say = says(last_s, now_s, tables.constants[0])
        add_neighbours(item, say, rows.indptr, rows.neighbour, rows.weight, out)
    elif tables.factors.size > 0:
        confidence = says(last_s, now_s, tables.constants[2])
        for position in range(item.size):
            confidence[position] = np.float32(1.0) + np.float32(tables.constants[1]) * confidence[position]
        customer = solve_row(tables.factors, tables.gram, item, confidence)
        add_factors(customer * tables.dimension_unit, tables.by_dimension, out)


@njit(cache=True, nogil=True)
def offer_scores(
    item: Int32Array, last_s: UInt32Array, customer: Int64Array, tables: "OfferTables", now_s: int
) -> Float32Array:
    """Return the blended score of every item, ``float32 [n]``.

    ``customer`` is ``[orders, first_s, last_s]``.
    """
    out = np.zeros(tables.popularity.size, np.float32)
    source = np.empty(tables.popularity.size, np.float32)
    for kind in range(tables.weights.size):
        weight = float(tables.weights[kind])
        if item.size == 0:
            weight = 1.0 if kind == 0 else 0.0
        if weight > 0.0:
            raw_source(kind, item, last_s, tables, now_s, source)
            mix_in(source, tables.lift, tables.lifted[kind], item, weight, out)
    level = np.float32(activity_of(int(customer[0]), float(now_s - customer[2]), tables))
    for position in range(out.size):
        out[position] *= level
    return out
