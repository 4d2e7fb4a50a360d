"""From raw scores to probabilities, in compiled code."""

import numpy as np
from numba import njit

from recommender.decisions.telling import Ranking
from recommender.types import Float32Array


@njit(cache=True, nogil=True)
def calibrated(best: Ranking, knots: tuple[Float32Array, Float32Array]) -> Ranking:
    """Return probabilities in place of raw scores, of which they are a non-decreasing function; best first."""
    xs, ys = knots
    probability, right, slope = np.empty(best.probability.size, np.float32), 0, 0.0
    for place in range(probability.size):
        value, before = np.float64(best.probability[place]), right
        if place == 0 or (right < xs.size and xs[right] <= value):
            right = _first_above(value, xs)
        while right > 0 and xs[right - 1] > value:  # each is found a few steps below the one before
            right -= 1
        if place == 0 or right != before:
            slope = _slope(right, xs, ys)
        probability[place] = _between(value, right, slope, xs, ys)
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
    right = _first_above(value, xs)
    return float(_between(value, right, _slope(right, xs, ys), xs, ys))


@njit(cache=True, nogil=True)
def _first_above(value: float, xs: Float32Array) -> int:
    right, end = 0, xs.size
    while right < end:
        middle = (right + end) // 2
        if xs[middle] <= value:
            right = middle + 1
        else:
            end = middle
    return right


@njit(cache=True, nogil=True)
def _slope(right: int, xs: Float32Array, ys: Float32Array) -> float:
    """Return how steep it is before ``right``; 0 outside."""
    if not 0 < right < xs.size:
        return 0.0
    left = right - 1  # float() would leave single precision to the compiler
    rise, run = np.float64(ys[right]) - np.float64(ys[left]), np.float64(xs[right]) - np.float64(xs[left])
    return float(rise / run)


@njit(cache=True, nogil=True)
def _between(value: float, right: int, slope: float, xs: Float32Array, ys: Float32Array) -> float:
    """Return the value at a place before ``right``, the first of ``xs`` above it."""
    left = max(right - 1, 0)
    if not 0 < right < xs.size or xs[left] == value:
        return float(ys[left])
    return float(slope * (value - np.float64(xs[left])) + np.float64(ys[left]))
