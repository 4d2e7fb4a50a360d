"""From raw scores to probabilities, in compiled code."""

import numpy as np
from numba import njit

from recommender.decisions.telling import Ranking
from recommender.types import Float32Array


@njit(cache=True, nogil=True)
def calibrated(best: Ranking, knots: tuple[Float32Array, Float32Array]) -> Ranking:
    """Return probabilities in place of raw scores, of which they are a non-decreasing function."""
    probability = np.empty(best.probability.size, np.float32)
    for place in range(probability.size):
        probability[place] = interpolated(np.float64(best.probability[place]), knots[0], knots[1])
        if place > 0:
            probability[place] = min(probability[place], probability[place - 1])
    return Ranking(best.position, best.number, probability)


@njit(cache=True, nogil=True)
def interpolated(value: float, xs: Float32Array, ys: Float32Array) -> float:
    """Return ``np.interp(value, xs, ys)``, bit for bit; the compiler needs seconds for NumPy's own.

    Examples
    --------
    >>> interpolated(0.25, np.array([0.0, 1.0], np.float32), np.array([0.0, 2.0], np.float32))
    0.5
    """
    right, end = 0, xs.size
    while right < end:
        middle = (right + end) // 2
        if xs[middle] <= value:
            right = middle + 1
        else:
            end = middle
    left = max(right - 1, 0)
    if not 0 < right < xs.size or xs[left] == value:
        return float(ys[left])
    x, y = np.float64(xs[left]), np.float64(ys[left])  # float() would leave single precision to the compiler
    slope = (np.float64(ys[right]) - y) / (np.float64(xs[right]) - x)
    return float(slope * (value - x) + y)
