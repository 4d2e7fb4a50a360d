"""Which purchase argues most for an offer."""

import numpy as np
from numba import njit

from recommender.models.offer_kernels import OfferTables, SparseRows, says
from recommender.types import Float32Array, Int32Array, UInt32Array


@njit(cache=True, nogil=True)
def strongest(
    item: Int32Array, last_s: UInt32Array, offered: Int32Array, tables: OfferTables, now_s: int
) -> tuple[Int32Array, Float32Array]:
    """Return, per offered item, the position in the history that argues most for it, and its share.

    The sources are asked in the order of what a person understands best: bought together first, then what
    buyers of it took up of late. The first one with anything to say decides.
    """
    best = np.full(offered.size, -1, np.int32)
    share = np.zeros(offered.size, np.float32)
    slot = np.full(tables.popularity.size, -1, np.int32)
    for position in range(offered.size):
        slot[offered[position]] = position
    say = says(last_s, now_s, tables.constants[0])
    for kind in range(3):
        _argue(item, say, slot, tables.sparse[kind], best, share)
    for position in range(offered.size):  # an item offered twice has one slot: the last
        best[position] = best[slot[offered[position]]]
        share[position] = share[slot[offered[position]]]
    return best, share


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
