"""The first stage, compiled: the union of the best items of every source."""

import numpy as np
from numba import njit

from recommender.models.offer_tables import OfferTables
from recommender.types import Float32Array, Int32Array, Int64Array, UInt8Array

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
    key = np.empty(n_items, np.int64)
    count = 0
    for source in range(sources):
        for is_lifted in range(2):
            wanted = depth[is_lifted * sources + source]
            if wanted > 0:
                _unowned(sparse[source], tables.lift, is_lifted == 1, item, lifted)
                found = _best_of(lifted, wanted, key)
                count = _add(found, state, chosen, count)
    for row in range(lists.shape[0]):
        count = _add_listed(lists[row], state, depth[2 * sources + row], chosen, count)
    return chosen[:count]


@njit(cache=True, nogil=True)
def _unowned(
    score: Float32Array, lift: Float32Array, is_lifted: bool, owned: Int32Array, out: Float32Array
) -> None:
    """Write the scores, lifted or not, with 0 for what is owned."""
    if is_lifted:
        for position in range(out.size):
            out[position] = score[position] * lift[position]
    else:
        out[:] = score
    for position in range(owned.size):
        out[owned[position]] = 0.0


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
def _best_of(score: Float32Array, depth: int, key: Int64Array) -> Int64Array:
    """Return the keys of the items with the largest positive scores, in no order; of equal ones the first items.

    The best of ``depth`` blocks are a floor under the best ``depth`` items, so that most blocks are passed by after one
    vectorised maximum, of integers, because floats above zero order like their bits.
    """
    bits = score.view(np.int32)
    tops = _tops(bits)
    floor = max(_nth_largest(tops.copy(), depth), np.int32(1))
    count = 0
    for block in range(tops.size):
        if tops[block] >= floor:
            for position in range(block * _BLOCK, min((block + 1) * _BLOCK, bits.size)):
                if bits[position] >= floor:
                    key[count] = (np.int64(bits[position]) << 32) | (bits.size - 1 - position)
                    count += 1
    if count > depth:
        least = _nth_largest(key[:count].copy(), depth)
        kept = 0
        for place in range(count):
            if key[place] >= least:
                key[kept] = key[place]
                kept += 1
        count = kept
    return key[:count]


@njit(cache=True, nogil=True)
def _tops(bits: Int32Array) -> Int32Array:
    """Return the largest value of each block, 0 at least."""
    tops = np.zeros((bits.size + _BLOCK - 1) // _BLOCK, np.int32)
    for at in range(tops.size):
        block = bits[at * _BLOCK : (at + 1) * _BLOCK]
        largest = np.int32(0)
        for position in range(block.size):
            largest = max(largest, block[position])
        tops[at] = largest
    return tops


@njit(cache=True, nogil=True)
def _nth_largest(values: Int64Array, n: int) -> int:
    """Return the ``n``-th largest value, 0 where there are fewer; the values change places (Hoare's FIND)."""
    if values.size < n:
        return 0
    low, high, wanted = 0, values.size - 1, n - 1
    while low < high:
        pivot, left, right = values[(low + high) // 2], low, high
        while left <= right:
            while values[left] > pivot:
                left += 1
            while values[right] < pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if wanted <= right:
            high = right
        elif wanted >= left:
            low = left
        else:
            break
    return int(values[wanted])
