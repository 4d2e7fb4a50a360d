"""One customer's factors, solved exactly: the user half-step of implicit ALS, for training and for serving.

Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (ICDM 2008), equation 4:
``x = (Y'Y + reg I + Y'(C - I)Y)^-1 Y'C p``, with ``p = 1`` for every item bought.
"""

import numpy as np
from numba import njit

from recommender.types import Float32Array, Int32Array

_STEP = 16
"""Rows begin at a multiple of this, so that their loops vectorise without a ragged head."""


@njit(cache=True, nogil=True)
def normal_equations(gram: Float32Array, factors: Float32Array, confidence: Float32Array) -> Float32Array:
    """Return ``gram + F'(C - I)F``, ``float32 [f, f]``; only the upper triangle is right, and ever read.

    Four purchases at a time: a row of sums is then read and written a quarter as often.
    """
    size = gram.shape[0]
    matrix = gram.copy()
    extra = confidence - np.float32(1.0)
    whole = factors.shape[0] - factors.shape[0] % 4
    for row in range(size):
        begin = row - row % _STEP
        sums = matrix[row, begin:]
        for at in range(0, whole, 4):
            first, second = factors[at, begin:], factors[at + 1, begin:]
            third, fourth = factors[at + 2, begin:], factors[at + 3, begin:]
            a, b = extra[at] * factors[at, row], extra[at + 1] * factors[at + 1, row]
            c, d = extra[at + 2] * factors[at + 2, row], extra[at + 3] * factors[at + 3, row]
            for column in range(sums.size):
                sums[column] += (a * first[column] + b * second[column]) + (
                    c * third[column] + d * fourth[column]
                )
        for at in range(whole, factors.shape[0]):
            last, scale = factors[at, begin:], extra[at] * factors[at, row]
            for column in range(sums.size):
                sums[column] += scale * last[column]
    return matrix


@njit(cache=True, nogil=True)
def cholesky_solve(matrix: Float32Array, right: Float32Array) -> None:
    """Solve ``matrix x = right`` in place from the upper triangle of a positive definite matrix."""
    size = right.size
    for pivot in range(size):
        begin = pivot - pivot % _STEP
        top = matrix[pivot, begin:]
        scale = np.float32(1.0) / np.sqrt(matrix[pivot, pivot])
        for column in range(top.size):
            top[column] *= scale
        for row in range(pivot + 1, size):
            factor = matrix[pivot, row]
            target = matrix[row, begin:]
            for column in range(target.size):
                target[column] -= factor * top[column]
    for row in range(size):
        right[row] /= matrix[row, row]
        rest, tail, scale = right[row + 1 :], matrix[row, row + 1 :], right[row]
        for column in range(rest.size):
            rest[column] -= tail[column] * scale
    for row in range(size - 1, -1, -1):
        total = right[row]
        for column in range(row + 1, size):
            total -= matrix[row, column] * right[column]
        right[row] = total / matrix[row, row]


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
