"""One source at a time, compiled: plain arrays of one customer in, a score of every item out."""

import numpy as np
from numba import njit

from recommender.data.weights import decay
from recommender.models.offer_tables import OfferTables
from recommender.models.row_solver import solve_row
from recommender.types import Float32Array, Int16Array, Int32Array, Int64Array, UInt32Array

POPULARITY, ALS, SPECTRAL = 0, 4, 5
"""The sources of :class:`recommender.models.Source` that are not like the rest."""

LONGER = 4.0
"""How many times as long as in the other sources a purchase has its say in the spectral one."""

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
            begin, end = indptr[item[position]], indptr[item[position] + 1]
            neighbours, weights, part = neighbour[begin:end], weight[begin:end], say[position]
            for entry in range(neighbours.size):
                out[np.uint32(neighbours[entry])] += (
                    part * weights[entry]
                )  # unsigned: not counted from the end


@njit(cache=True, nogil=True)
def leave_out_negative(score: Float32Array) -> None:
    """Make scores below zero zero: an item that the purchases speak against is one that they say nothing for."""
    for position in range(score.size):
        score[position] = max(score[position], np.float32(0.0))


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
def sparse_of(kind: int) -> int:
    """Return which item-to-item model a source reads."""
    return kind - 1 if kind < ALS else kind - 2


@njit(cache=True, nogil=True)
def half_life_of(kind: int, tables: OfferTables) -> float:
    """Return the half-life of a purchase's say in a source, seconds."""
    return float(tables.constants[0] * (LONGER if kind == SPECTRAL else 1.0))


@njit(cache=True, nogil=True)
def raw_source(
    kind: int, item: Int32Array, last_s: UInt32Array, tables: OfferTables, now_s: int, out: Float32Array
) -> None:
    """Fill ``out`` with the score of every item by one :class:`recommender.models.Source`, unscaled."""
    if kind == POPULARITY:
        out[:] = tables.popularity
        return
    out[:] = 0.0
    if kind != ALS:
        rows = tables.sparse[sparse_of(kind)]
        say = says(last_s, now_s, half_life_of(kind, tables))
        add_neighbours(item, say, rows.indptr, rows.neighbour, rows.weight, out)
        if kind == SPECTRAL:
            leave_out_negative(out)
    elif tables.factors.size > 0:
        add_factors(folded_in(item, last_s, tables, now_s) * tables.dimension_unit, tables.by_dimension, out)


@njit(cache=True, nogil=True)
def folded_in(item: Int32Array, last_s: UInt32Array, tables: OfferTables, now_s: int) -> Float32Array:
    """Return the customer's factors, ``float32 [f]``."""
    confidence = says(last_s, now_s, tables.constants[2])
    for position in range(item.size):
        confidence[position] = np.float32(1.0) + np.float32(tables.constants[1]) * confidence[position]
    customer: Float32Array = solve_row(tables.factors, tables.gram, item, confidence)
    return customer
