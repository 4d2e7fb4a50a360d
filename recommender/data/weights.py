"""How much an old purchase still counts: one function for fitting and for serving."""

import numpy as np
from numba import njit

from recommender.types import Float32Array, Int64Array


@njit(cache=True, nogil=True)
def decay(age_s: float, half_life_s: float) -> float:
    """Return ``2 ** (-age / half life)``, 1 for ages below zero (clocks differ)."""
    if age_s <= 0.0:
        return 1.0
    return float(2.0 ** (-age_s / half_life_s))


@njit(cache=True, nogil=True)
def _decay_all(at_s: Int64Array, now_s: int, half_life_s: float, out: Float32Array) -> None:
    for row in range(at_s.size):
        out[row] = decay(float(now_s - at_s[row]), half_life_s)


def recency_weights(at_s: Int64Array, now_s: int, half_life_days: float) -> Float32Array:
    """Weigh purchases by age.

    Parameters
    ----------
    at_s
        When each purchase happened, seconds since 1970.
    now_s
        The present, seconds since 1970.
    half_life_days
        A purchase that old counts half, > 0.

    Returns
    -------
    Float32Array
        ``2 ** (-age / half life)``, 0..1.

    Examples
    --------
    >>> recency_weights(np.array([0, 86_400, 172_800]), now_s=172_800, half_life_days=1.0).tolist()
    [0.25, 0.5, 1.0]
    """
    out = np.empty(len(at_s), np.float32)
    _decay_all(np.ascontiguousarray(at_s, np.int64), now_s, half_life_days * 86_400.0, out)
    return out
