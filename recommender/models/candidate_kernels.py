"""The first stage, compiled: the union of the best items of every source."""

import numpy as np
from numba import njit

from recommender.models.nth_largest import nth_largest
from recommender.models.offer_tables import OfferTables
from recommender.types import Float32Array, Int32Array, Int64Array, UInt8Array

OPEN, OWNED, CHOSEN = 0, 1, 2
_COLUMNS = 512
"""From 4,000 to 60,000 items within a tenth of the fastest number."""


@njit(cache=True, nogil=True)
def candidates_of(sparse: Float32Array, item: Int32Array, tables: OfferTables) -> Int32Array:
    """Return the union of each source's best unowned items, in the order in which they were proposed.

    Parameters
    ----------
    sparse
        Score of every item within reach by each item-to-item source, ``float32 [sources, reach]``; written to, and as it
        was again.
    item
        Items that the customer bought.
    tables
        ``ranker.depth`` says how many each source proposes: item-to-item sources, the same lifted by recent
        popularity, then the lists of the facts.
    """
    sources, n_items = sparse.shape
    state = np.zeros(n_items, np.uint8)
    item = item[item < n_items]
    for position in range(item.size):
        state[item[position]] = OWNED
    depth, lists, lift = tables.ranker.depth, tables.facts.best, tables.lift
    chosen = np.empty(min(depth.sum(), n_items), np.int32)
    lifted = np.empty(n_items, np.float32)
    key = np.empty(n_items, np.int64)
    tops = np.empty(_COLUMNS, np.int32)
    count = 0
    for source in range(sources):
        score = sparse[source]
        owned = _taken_out(score, item)
        if depth[source] > 0:
            count = _add(_best_of(score, depth[source], tops, key), state, chosen, count)
        if depth[sources + source] > 0:
            for position in range(n_items):
                lifted[position] = score[position] * lift[position]
            count = _add(_best_of(lifted, depth[sources + source], tops, key), state, chosen, count)
        for position in range(item.size):
            score[item[position]] = owned[position]
    for row in range(lists.shape[0]):
        count = _add_listed(lists[row], state, depth[2 * sources + row], chosen, count)
    return chosen[:count]


@njit(cache=True, nogil=True)
def _taken_out(score: Float32Array, item: Int32Array) -> Float32Array:
    """Set the score of what is owned to 0, and return what it was."""
    owned = np.empty(item.size, np.float32)
    for position in range(item.size):
        owned[position] = score[item[position]]
    for position in range(item.size):
        score[item[position]] = 0.0
    return owned


@njit(cache=True, nogil=True)
def _add(found: Int64Array, state: UInt8Array, chosen: Int32Array, count: int) -> int:
    """Add what nobody proposed yet; the low half of a key is the item, counted from the last."""
    for place in range(found.size):
        item = state.size - 1 - (found[place] & 0xFFFFFFFF)
        if state[item] == OPEN:
            state[item] = CHOSEN
            chosen[count] = item
            count += 1
    return count


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
def _best_of(score: Float32Array, depth: int, tops: Int32Array, key: Int64Array) -> Int64Array:
    """Return the keys of the items with the largest positive scores, in no order; of equal ones the first items.

    Items are dealt out to columns. The best of ``depth`` columns are a floor under the best ``depth`` items, and a near
    one, so that few columns are looked through, after one vectorised pass over all items: of integers, because floats
    above zero order like their bits. ``tops`` and ``key`` are room to work in.
    """
    bits, columns = score.view(np.int32), tops.size
    tops[:] = 0
    for begin in range(0, bits.size, columns):
        row = bits[begin : begin + columns]
        for column in range(row.size):
            tops[column] = max(tops[column], row[column])
    floor = _floor_under(tops, depth)
    count = 0
    for column in range(columns):
        if tops[column] >= floor:
            for position in range(column, bits.size, columns):
                if bits[position] >= floor:
                    key[count] = (np.int64(bits[position]) << 32) | (bits.size - 1 - position)
                    count += 1
    best: Int64Array = _largest(key[:count], depth)
    return best


@njit(cache=True, nogil=True)
def _floor_under(tops: Int32Array, depth: int) -> int:
    """Return a value, 1 at least, that ``depth`` of the tops reach, or that nobody reaches without being above 0.

    By halving: to count what reaches a value is one vectorised pass, and to sort is none.
    """
    low, high = np.int32(0), np.int32(0)
    for column in range(tops.size):
        high = max(high, tops[column])
    while low < high:
        middle = np.int32(high - (high - low) // np.int32(2))
        count = np.int32(0)
        for column in range(tops.size):
            count += np.int32(tops[column] >= middle)
        if count == depth:
            return int(middle)
        if count > depth:
            low = middle
        else:
            high = np.int32(middle - np.int32(1))
    return max(int(low), 1)


@njit(cache=True, nogil=True)
def _largest(key: Int64Array, depth: int) -> Int64Array:
    """Return the largest keys, in the order in which they were found."""
    if key.size <= depth:
        return key
    least, kept = nth_largest(key.copy(), depth), 0
    for place in range(key.size):
        if key[place] >= least:
            key[kept] = key[place]
            kept += 1
    return key[:kept]
