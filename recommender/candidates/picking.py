"""The best k of many: one compiled scan with a heap."""

from typing import Any

import numpy as np
from numba import njit

from recommender.candidates.codes import IS_ALLOWED
from recommender.types import Float32Array, Int32Array, UInt8Array, UInt32Array

_LEAST = np.float32(np.finfo(np.float32).min)
_BLOCK = 128
_FEW = 128
"""Of no more than these all are sorted, which takes a quarter of the time."""


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
def descending(score: Any, number: Any) -> Int32Array:  # arrays of any width
    """Return the places by descending score; of equal ones the smaller number comes first.

    Examples
    --------
    >>> descending(np.array([0.1, 0.5, 0.5]), np.array([1, 9, 3])).tolist()
    [2, 1, 0]
    """
    order: Int32Array = np.argsort(-score).astype(np.int32)
    for end in range(1, order.size):
        at = end
        while (
            at > 0 and score[order[at]] == score[order[at - 1]] and number[order[at]] < number[order[at - 1]]
        ):
            order[at], order[at - 1] = order[at - 1], order[at]
            at -= 1
    return order
