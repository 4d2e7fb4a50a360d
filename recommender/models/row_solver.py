"""One customer's factors, solved exactly: the user half-step of implicit ALS, for training and for serving.

Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (ICDM 2008), equation 4:
``x = (Y'Y + reg I + Y'(C - I)Y)^-1 Y'C p``, with ``p = 1`` for every item bought.
"""

import numpy as np
from numba import njit

from recommender.types import Float32Array, Int32Array


@njit(cache=True, nogil=True)
def normal_equations(gram: Float32Array, factors: Float32Array, confidence: Float32Array) -> Float32Array:
    """Return ``gram + F'(C - I)F``, ``float32 [f, f]``; only the upper triangle is right, and ever read.

    Rows are cut to slices and walked from 0, because those are the loops that vectorise.
    """
    size = gram.shape[0]
    matrix = np.zeros((size, size), np.float32)
    for row in range(size):
        begin = row - row % 16
        sums = matrix[row, begin:]
        sums[:] = gram[row, begin:]
        for position in range(factors.shape[0]):
            scale = (confidence[position] - np.float32(1.0)) * factors[position, row]
            tail = factors[position, begin:]
            for column in range(sums.size):
                sums[column] += scale * tail[column]
    return matrix


@njit(cache=True, nogil=True)
def cholesky_solve(matrix: Float32Array, right: Float32Array) -> None:
    """Solve ``matrix x = right`` in place from the upper triangle of a positive definite matrix."""
    size = right.size
    top = np.empty(size, np.float32)
    for pivot in range(size):
        scale = np.float32(1.0) / np.sqrt(matrix[pivot, pivot])
        for column in range(size):
            top[column] = matrix[pivot, column] * scale
        matrix[pivot, :] = top
        for row in range(pivot + 1, size):
            factor = top[row]
            target = matrix[row]
            for column in range(size):
                target[column] -= factor * top[column]
    for row in range(size):
        right[row] /= matrix[row, row]
        for column in range(row + 1, size):
            right[column] -= matrix[row, column] * right[row]
    for row in range(size - 1, -1, -1):
        for column in range(row + 1, size):
            right[row] -= matrix[row, column] * right[column]
        right[row] /= matrix[row, row]


@njit(cache=True, nogil=True)
def solve_row(
    item_factors: Float32Array, gram: Float32Array, item: Int32Array, confidence: Float32Array
) -> Float32Array:
    """Return the factors of a customer, ``float32 [f]``.

    Parameters
    ----------
    item_factors
        ``float32 [m, f]``; items at or beyond ``m`` are ignored.
    gram
        ``Y'Y + reg I``, ``float32 [f, f]``.
    item
        Items bought, ``int32 [h]``.
    confidence
        Confidence of each, ``float32 [h]``, >= 1.
    """
    size = gram.shape[0]
    factors = np.empty((item.size, size), np.float32)
    weight = np.empty(item.size, np.float32)
    known = 0
    for position in range(item.size):
        if item[position] < item_factors.shape[0]:
            for dimension in range(size):
                factors[known, dimension] = item_factors[item[position], dimension]
            weight[known] = confidence[position]
            known += 1
    right = np.zeros(size, np.float32)
    for position in range(known):
        for dimension in range(size):
            right[dimension] += weight[position] * factors[position, dimension]
    cholesky_solve(normal_equations(gram, factors[:known], weight[:known]), right)
    return right
