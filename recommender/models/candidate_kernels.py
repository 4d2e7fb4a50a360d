"""The first stage, compiled: the union of the best items of every source."""

import numpy as np
from numba import njit

from recommender.models.offer_tables import OfferTables
from recommender.types import Float32Array, Int32Array, UInt8Array

OPEN, OWNED, CHOSEN = 0, 1, 2
_BLOCK = 64


@njit(cache=True, nogil=True)
def candidates_of(sparse: Float32Array, item: Int32Array, tables: OfferTables) -> Int32Array:
    """Return the union of each source's best unowned items, in the order in which they were proposed.

    Parameters
    ----------
    sparse
        Score of every item by each item-to-item source, ``float32 [sources, n]``.
    item
        Items that the customer bought.
    tables
        ``ranker.depth`` says how many each source proposes: item-to-item sources, the same lifted by recent
        popularity, then the lists of the facts.
    """
    sources, n_items = sparse.shape
    state = np.zeros(n_items, np.uint8)
    for position in range(item.size):
        state[item[position]] = OWNED
    depth, lists = tables.ranker.depth, tables.facts.best
    chosen = np.empty(min(depth.sum(), n_items), np.int32)
    lifted = np.empty(n_items, np.float32)
    count = 0
    for source in range(sources):
        if depth[source] > 0:
            count = _add_best(sparse[source], state, depth[source], chosen, count)
        if depth[sources + source] > 0:
            for position in range(n_items):
                lifted[position] = sparse[source, position] * tables.lift[position]
            count = _add_best(lifted, state, depth[sources + source], chosen, count)
    for row in range(lists.shape[0]):
        count = _add_listed(lists[row], state, depth[2 * sources + row], chosen, count)
    return chosen[:count]


@njit(cache=True, nogil=True)
def _add_listed(best: Int32Array, state: UInt8Array, depth: int, chosen: Int32Array, count: int) -> int:
    """Add the first few of a list that are not owned."""
    seen = 0
    for position in range(best.size):
        if seen == depth:
            break
        if state[best[position]] == OWNED:
            continue
        seen += 1
        if state[best[position]] == OPEN:
            state[best[position]] = CHOSEN
            chosen[count] = best[position]
            count += 1
    return count


@njit(cache=True, nogil=True)
def _add_best(score: Float32Array, state: UInt8Array, depth: int, chosen: Int32Array, count: int) -> int:
    """Add the items with the largest positive scores that are not owned.

    A heap with the least kept score on top; whole blocks below it are passed by after one vectorised maximum, of
    integers, because floats above zero order like their bits.
    """
    heap = np.full(depth, -1, np.int32)
    value = np.zeros(depth, np.float32)
    bits, least = score.view(np.int32), value.view(np.int32)
    for begin in range(0, score.size, _BLOCK):
        block = bits[begin : begin + _BLOCK]
        largest = np.int32(0)
        for position in range(block.size):
            largest = max(largest, block[position])
        if largest <= least[0]:
            continue
        for position in range(begin, begin + block.size):
            if score[position] > value[0] and state[position] != OWNED:
                _replace_least(heap, value, position, score[position])
    for place in range(depth):
        if heap[place] >= 0 and state[heap[place]] == OPEN:
            state[heap[place]] = CHOSEN
            chosen[count] = heap[place]
            count += 1
    return count


@njit(cache=True, nogil=True)
def _replace_least(heap: Int32Array, value: Float32Array, item: int, score: float) -> None:
    place, size = 0, heap.size
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and value[child + 1] < value[child]:
            child += 1
        if value[child] >= score:
            break
        heap[place], value[place] = heap[child], value[child]
        place = child
    heap[place], value[place] = item, score
