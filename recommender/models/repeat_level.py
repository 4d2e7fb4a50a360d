"""The level of what trees do not look at: the regression alone decides there, and it has a level of its own."""

import numpy as np
from numba import njit

from recommender.models.repeat_features import OF_CUSTOMER
from recommender.types import Float32Array


@njit(cache=True, nogil=True)
def rest_log_odds(
    log_odds: Float32Array, features: Float32Array, hinges: Float32Array, rest: Float32Array
) -> Float32Array:
    """Return the log-odds of rows that trees do not look at, of any customers, ``float32 [rows]``; unchanged without a level."""
    out = log_odds.copy()
    if rest.size > 0:
        for row in range(out.size):
            out[row] = rest[1] * out[row] + level_of_rest(features[row], hinges, rest)
    return out


@njit(cache=True, nogil=True)
def level_of_rest(features: Float32Array, hinges: Float32Array, rest: Float32Array) -> np.float32:
    """Return ``b0 + sum b x + sum c max(x - knot, 0)`` over the customer's columns of any row of theirs.

    Parameters
    ----------
    features
        One row, ``float32 [f]``.
    hinges
        ``float32 [f, knots]``.
    rest
        ``b0``, the slope of the log-odds, one per column of the customer, then one per hinge of these.
    """
    count, knots, level = features.size - OF_CUSTOMER, hinges.shape[1], rest[0]
    for column in range(count):
        value = features[OF_CUSTOMER + column]
        level += rest[2 + column] * value
        for knot in range(knots):
            bend = rest[2 + count + column * knots + knot]
            level += bend * max(value - hinges[OF_CUSTOMER + column, knot], np.float32(0.0))
    return np.float32(level)
