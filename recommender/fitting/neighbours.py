"""The product of two sparse matrices, of which only the largest entries of each row are kept."""

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csr_matrix

from recommender.models import ItemItemModel
from recommender.types import Float32Array, Int32Array, Int64Array

_BLOCK = 512


def truncated_product(left: csr_matrix, right: csr_matrix, n_items: int, most: int) -> ItemItemModel:
    """Return the ``most`` largest entries of each row of ``left.T @ right``, without its diagonal.

    No more than one dense row exists at a time. Equal weights are kept in ascending item order, so the result
    depends on the values alone.

    Parameters
    ----------
    left, right
        Buyers x items, ``float32``, values >= 0; columns of both are items ``0..m``.
    n_items
        Rows of the result, >= m; the rest is empty.
    most
        Neighbours per item.
    """
    by_item = left.T.tocsr()
    by_item.sort_indices()
    counts, neighbour, weight = _product(
        _plain(by_item),
        _plain(right),
        right.shape[1],
        most,
    )
    indptr = np.zeros(n_items + 1, np.int64)
    np.cumsum(counts, out=indptr[1 : len(counts) + 1])
    indptr[len(counts) + 1 :] = indptr[len(counts)]
    return ItemItemModel(indptr, neighbour, weight)


def largest_of_rows(left: Float32Array, right: Float32Array, n_items: int, most: int) -> ItemItemModel:
    """Return the ``most`` largest positive entries of each row of ``left @ right.T``, without its diagonal.

    Parameters
    ----------
    left, right
        ``float32 [m, f]``.
    n_items
        Rows of the result, >= m; the rest is empty.
    most
        Neighbours per item.
    """
    counts, neighbour, weight = [np.zeros(1, np.int64)], [], []
    for begin in range(0, len(left), _BLOCK):
        found = _positive_rows(left[begin : begin + _BLOCK] @ right.T, begin, most)
        counts.append(found[0])
        neighbour.append(found[1])
        weight.append(found[2])
    indptr = np.cumsum(np.concatenate((*counts, np.zeros(n_items - len(left), np.int64))))
    return ItemItemModel(indptr, np.concatenate(neighbour), np.concatenate(weight))


@njit(cache=True, nogil=True)
def _positive_rows(
    block: Float32Array, first_row: int, most: int
) -> tuple[Int64Array, Int32Array, Float32Array]:
    everything = np.arange(block.shape[1]).astype(np.int32)
    counts = np.zeros(block.shape[0], np.int64)
    neighbour = np.empty(block.shape[0] * most, np.int32)
    weight = np.empty(block.shape[0] * most, np.float32)
    filled = 0
    for row in range(block.shape[0]):
        for item in _largest(block[row], everything, first_row + row, most):
            if block[row, item] > 0:
                neighbour[filled] = item
                weight[filled] = block[row, item]
                filled += 1
                counts[row] += 1
    return counts, neighbour[:filled].copy(), weight[:filled].copy()


class _Sparse(NamedTuple):
    indptr: Int64Array
    column: Int32Array
    value: Float32Array


def _plain(matrix: csr_matrix) -> _Sparse:
    return _Sparse(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32)
    )


@njit(cache=True, nogil=True)
def _product(
    by_item: _Sparse,
    by_buyer: _Sparse,
    columns: int,
    most: int,
) -> tuple[Int64Array, Int32Array, Float32Array]:
    rows = by_item.indptr.size - 1
    sums = np.zeros(columns, np.float32)
    touched = np.empty(columns, np.int32)
    counts = np.zeros(rows, np.int64)
    neighbour = np.empty(rows * most, np.int32)
    weight = np.empty(rows * most, np.float32)
    filled = 0
    for row in range(rows):
        count = 0
        for entry in range(by_item.indptr[row], by_item.indptr[row + 1]):
            buyer = by_item.column[entry]
            value = by_item.value[entry]
            for other in range(by_buyer.indptr[buyer], by_buyer.indptr[buyer + 1]):
                item, part = by_buyer.column[other], value * by_buyer.value[other]
                if sums[item] == 0.0 and part > 0.0:  # a product of faint values may be nothing
                    touched[count] = item
                    count += 1
                sums[item] += part
        kept = _largest(sums, touched[:count], row, most)
        for item in kept:
            neighbour[filled] = item
            weight[filled] = sums[item]
            filled += 1
        counts[row] = kept.size
        for position in range(count):
            sums[touched[position]] = 0.0
    return counts, neighbour[:filled].copy(), weight[:filled].copy()


@njit(cache=True, nogil=True)
def _largest(sums: Float32Array, touched: Int32Array, row: int, most: int) -> Int32Array:
    """Return the items with the largest sums, descending, ties by ascending item, without the row's own.

    A heap with the worst kept item on top turns most items away after one comparison.
    """
    heap = np.empty(most, np.int32)
    size = 0
    for item in touched:
        if item == row:
            continue
        if size < most:
            heap[size] = item
            size += 1
            _rise(sums, heap, size - 1)
        elif most > 0 and _is_worse(sums, heap[0], item):
            heap[0] = item
            _sink(sums, heap, size)
    for last in range(
        size - 1, 0, -1
    ):  # empty the heap, worst first; the compiler needs seconds for NumPy's sorts
        heap[0], heap[last] = heap[last], heap[0]
        _sink(sums, heap, last)
    return heap[:size]


@njit(cache=True, nogil=True)
def _is_worse(sums: Float32Array, one: int, other: int) -> bool:
    return bool(sums[one] < sums[other] or (sums[one] == sums[other] and one > other))


@njit(cache=True, nogil=True)
def _rise(sums: Float32Array, heap: Int32Array, place: int) -> None:
    while place > 0 and _is_worse(sums, heap[place], heap[(place - 1) // 2]):
        parent = (place - 1) // 2
        heap[place], heap[parent] = heap[parent], heap[place]
        place = parent


@njit(cache=True, nogil=True)
def _sink(sums: Float32Array, heap: Int32Array, size: int) -> None:
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _is_worse(sums, heap[child + 1], heap[child]):
            child += 1
        if not _is_worse(sums, heap[child], heap[place]):
            return
        heap[place], heap[child] = heap[child], heap[place]
        place = child
