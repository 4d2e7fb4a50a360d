"""Which purchase argues most for an offer."""

import numpy as np
from numba import njit

from recommender.models.offer_tables import OfferTables, SparseRows
from recommender.models.source_kernels import says
from recommender.types import Float32Array, Int32Array, UInt32Array


@njit(cache=True, nogil=True)
def strongest(
    item: Int32Array, last_s: UInt32Array, offered: Int32Array, tables: OfferTables, now_s: int
) -> tuple[Int32Array, Float32Array]:
    """Return, per offered item, the position in the history that argues most for it, and its share.

    The sources are asked in the order of what a person understands best: bought together first, then what
    buyers of it took up of late. The first one with anything to say decides. Bought together is symmetric, so the
    neighbours of the few offered items are asked before those of everything that was bought: a purchase that is among
    them is nearer than one that is not.
    """
    best = np.full(offered.size, -1, np.int32)
    share = np.zeros(offered.size, np.float32)
    say = says(last_s, now_s, tables.constants[0])
    where = np.full(tables.popularity.size, -1, np.int32)
    for position in range(item.size):
        where[item[position]] = position
    _answer(where, say, offered, tables.sparse[0], best, share)
    if best.size == 0 or best.min() >= 0:
        return best, share
    slot = np.full(tables.popularity.size, -1, np.int32)
    for position in range(offered.size):
        slot[offered[position]] = position
    for kind in range(3):
        _argue(item, say, slot, tables.sparse[kind], best, share)
    for position in range(offered.size):  # an item offered twice has one slot: the last
        best[position] = best[slot[offered[position]]]
        share[position] = share[slot[offered[position]]]
    return best, share


@njit(cache=True, nogil=True)
def _answer(
    where: Int32Array,
    say: Float32Array,
    offered: Int32Array,
    rows: SparseRows,
    best: Int32Array,
    share: Float32Array,
) -> None:
    """Ask the neighbours of each offered item which of them were bought; ``where`` is their place in the history."""
    for position in range(offered.size):
        if offered[position] + 1 >= rows.indptr.size:
            continue
        total, largest = np.float32(0.0), np.float32(0.0)
        for entry in range(rows.indptr[offered[position]], rows.indptr[offered[position] + 1]):
            at = where[rows.neighbour[entry]]
            if at >= 0:
                argument = say[at] * rows.weight[entry]
                total += argument
                if argument > largest:
                    largest, best[position] = argument, at
        if largest > 0:
            share[position] = largest / total


@njit(cache=True, nogil=True)
def _argue(
    item: Int32Array,
    say: Float32Array,
    slot: Int32Array,
    rows: SparseRows,
    best: Int32Array,
    share: Float32Array,
) -> None:
    total = np.zeros(best.size, np.float32)
    largest = np.zeros(best.size, np.float32)
    whose = np.full(best.size, -1, np.int32)
    for position in range(item.size):
        for entry in range(rows.indptr[item[position]], rows.indptr[item[position] + 1]):
            at = slot[rows.neighbour[entry]]
            if at >= 0 and best[at] < 0:
                argument = say[position] * rows.weight[entry]
                total[at] += argument
                if argument > largest[at]:
                    largest[at] = argument
                    whose[at] = position
    for at in range(best.size):
        if whose[at] >= 0:
            best[at] = whose[at]
            share[at] = largest[at] / total[at]
