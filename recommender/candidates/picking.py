"""The best k of many: one compiled scan with a heap."""

import numpy as np
from numba import njit

from recommender.candidates.codes import IS_ALLOWED
from recommender.types import Float32Array, Float64Array, Int32Array, UInt8Array, UInt32Array

_LEAST = np.float32(np.finfo(np.float32).min)
_BLOCK = 128
_FEW = 256
"""Of no more than these every one is compared with every other, which takes a quarter to a third of the time of sorting."""


@njit(cache=True, nogil=True)
def pick_best(score: Float32Array, code: UInt8Array, number: UInt32Array, k: int) -> Int32Array:
    """Return the positions of the best allowed candidates, best first.

    Parameters
    ----------
    score
        Higher is better, ``float32 [n]``; candidates without a finite score are never picked.
    code
        0 where the candidate is allowed, ``uint8 [n]``.
    number
        Permanent item numbers, ``uint32 [n]``: of equal scores the smaller number comes first.
    k
        Largest number of positions, >= 0.

    Examples
    --------
    >>> score = np.array([0.5, 0.9, 0.5, 0.7], dtype=np.float32)
    >>> code = np.array([0, 0, 0, 1], dtype=np.uint8)
    >>> pick_best(score, code, np.array([8, 3, 2, 1], dtype=np.uint32), 2).tolist()
    [1, 2]
    """
    if len(score) <= _FEW:
        few: Int32Array = _best_of_few(score, code, number)
        return few[:k]
    heap = np.empty(min(k, len(score)), dtype=np.int32)
    size = 0
    floor = _LEAST
    for begin in range(0, len(score), _BLOCK):
        end = min(begin + _BLOCK, len(score))
        if len(heap) == 0 or not _any_from(score[begin:end], floor):
            continue
        for i in range(begin, end):
            if not floor <= score[i] <= -_LEAST or code[i] != IS_ALLOWED:
                continue
            if size < len(heap):
                heap[size] = i
                size += 1
                _rise(heap, size - 1, score, number)
            elif _is_worse(heap[0], i, score, number):
                heap[0] = i
                _sink(heap, size, score, number)
            if size == len(heap):
                floor = score[heap[0]]
    best: Int32Array = _sorted(heap, size, score, number)
    return best


@njit(cache=True, nogil=True)
def _best_of_few(score: Float32Array, code: UInt8Array, number: UInt32Array) -> Int32Array:
    """Return the positions of all allowed candidates, best first."""
    allowed, size = np.empty(len(score), np.int32), 0
    for i in range(len(score)):
        if code[i] == IS_ALLOWED and _LEAST <= score[i] <= -_LEAST:
            allowed[size] = i
            size += 1
    allowed = allowed[:size]
    best: Int32Array = allowed[descending(score[allowed], number[allowed])]
    return best


@njit(cache=True, nogil=True)
def _any_from(block: Float32Array, floor: float) -> bool:
    """Whether any score of a block reaches the floor; counted without branches, which the compiler vectorises."""
    reached = 0
    for i in range(len(block)):
        reached += 1 if block[i] >= floor else 0
    return reached > 0


@njit(cache=True, nogil=True)
def _is_worse(a: int, b: int, score: Float32Array, number: UInt32Array) -> bool:
    return bool(score[a] < score[b] or (score[a] == score[b] and number[a] > number[b]))


@njit(cache=True, nogil=True)
def _rise(heap: Int32Array, at: int, score: Float32Array, number: UInt32Array) -> None:
    while at > 0 and _is_worse(heap[at], heap[(at - 1) // 2], score, number):
        parent = (at - 1) // 2
        heap[at], heap[parent] = heap[parent], heap[at]
        at = parent


@njit(cache=True, nogil=True)
def _sink(heap: Int32Array, size: int, score: Float32Array, number: UInt32Array) -> None:
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _is_worse(heap[child + 1], heap[child], score, number):
            child += 1
        if not _is_worse(heap[child], heap[at], score, number):
            break
        heap[at], heap[child] = heap[child], heap[at]
        at = child


@njit(cache=True, nogil=True)
def _sorted(heap: Int32Array, size: int, score: Float32Array, number: UInt32Array) -> Int32Array:
    """Empty the heap, worst first, into an array that starts with the best."""
    best = np.empty(size, dtype=np.int32)
    for left in range(size, 0, -1):
        best[left - 1] = heap[0]
        heap[0] = heap[left - 1]
        _sink(heap, left - 1, score, number)
    return best


@njit(cache=True, nogil=True)
def descending(score: Float32Array, number: UInt32Array) -> Int32Array:
    """Return the places by descending score; of equal ones the smaller number comes first.

    Parameters
    ----------
    score
        Finite, ``float32 [n]``.
    number
        All different, ``uint32 [n]``.

    Examples
    --------
    >>> score, number = np.array([0.1, 0.5, 0.5], np.float32), np.array([1, 9, 3], np.uint32)
    >>> descending(score, number).tolist()
    [2, 1, 0]
    """
    bits = (score + np.float32(0)).view(np.int32)  # of -0 that makes 0
    key = np.empty(len(score), np.int64)
    for i in range(len(score)):
        ordered = bits[i] ^ ((bits[i] >> 31) & 0x7FFFFFFF)  # whole numbers in the order of the scores
        key[i] = (np.int64(ordered) << 32) - np.int64(number[i])
    if len(key) > _FEW:
        order: Int32Array = np.argsort(-key).astype(np.int32)
        return order
    order = np.empty(len(key), np.int32)
    for i in range(len(key)):
        mine, above = key[i], 0
        for j in range(len(key)):  # without branches, which a processor would guess wrong half of the time
            above += key[j] > mine
        order[above] = i
    return order


@njit(cache=True, nogil=True)
def best_first(worth: Float64Array) -> Int32Array:
    """Return the places by descending worth; of equal ones the first comes first.

    Parameters
    ----------
    worth
        Finite, ``float64 [n]``.

    Examples
    --------
    >>> best_first(np.array([0.1, 0.5, 0.5])).tolist()
    [1, 2, 0]
    """
    if len(worth) > _FEW:
        order: Int32Array = np.argsort(-worth, kind="mergesort").astype(np.int32)
        return order
    order = np.full(len(worth), -1, np.int32)
    for i in range(len(worth)):
        mine, above = worth[i], 0
        for j in range(len(worth)):
            above += worth[j] > mine
        while order[above] >= 0:  # what is equal and came before
            above += 1
        order[above] = i
    return order
