"""From raw scores to probabilities, in compiled code."""

import numpy as np
from numba import njit

from recommender.decisions.telling import Ranking
from recommender.types import Float32Array


@njit(cache=True, nogil=True)
def calibrated(best: Ranking, knots: tuple[Float32Array, Float32Array]) -> Ranking:
    """Return probabilities in place of raw scores, best first.

    They are what ``np.interp`` finds between the knots, bit for bit, and never more than the one before.
    """
    xs, ys = knots
    score, least, begin = best.probability, np.float32(np.inf), 0
    probability = np.empty(score.size, np.float32)
    while begin < score.size:
        right = _first_above(np.float64(score[begin]), xs)
        left, slope = max(right - 1, 0), _slope(right, xs, ys)
        end = begin + 1
        while end < score.size and (right == 0 or score[end] >= xs[left]):  # between the same two knots
            end += 1
        for place in range(begin, end):
            between = slope * (np.float64(score[place]) - np.float64(xs[left])) + np.float64(ys[left])
            least = min(least, np.float32(between))
            probability[place] = least
        begin = end
    return Ranking(best.position, best.number, probability)


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
