"""The largest of many values, without sorting them."""

from typing import TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recommender.types import Float32Array, Int64Array

Number = TypeVar("Number", np.float32, np.int32, np.int64)


@njit(cache=True, nogil=True)
def nth_largest(values: NDArray[Number], n: int) -> Number:
    """Return the ``n``-th largest value, 0 where there are fewer; the values change places (Hoare's FIND).

    Examples
    --------
    >>> int(nth_largest(np.array([3, 9, 4, 9]), 3))
    4
    """
    if values.size < n:
        return values.dtype.type(0)
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
    found: Number = values[wanted]
    return found


@njit(cache=True, nogil=True)
def best_of(score: Float32Array, most: int) -> Int64Array:
    """Return the rows with the best scores, ascending, of equal ones the first: all where there are no more than asked for.

    There are never more than ``most``. Where it has to choose, what is no number (nan) is not chosen.
    """
    if score.size <= most:
        return np.arange(score.size)
    least = nth_largest(score.copy(), most)
    equal = most - np.sum(score > least)
    rows, count = np.empty(most, np.int64), 0
    for row in range(score.size):
        is_equal = score[row] == least
        if count < most and (score[row] > least or (is_equal and equal > 0)):
            rows[count] = row
            count += 1
            equal -= 1 if is_equal else 0
    return rows[:count]
