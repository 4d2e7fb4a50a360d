"""One ranking from the two rankings of offers and of repeats."""

import numpy as np
from numba import njit

from recommender.types import Float32Array, Int32Array, UInt32Array


@njit(cache=True, nogil=True)
def merge_kinds(
    offer_probability: Float32Array,
    offer_number: UInt32Array,
    refill_probability: Float32Array,
    refill_number: UInt32Array,
    k: int,
) -> Int32Array:
    """Merge two rankings by probability; equal ones by item number. The order within each is kept.

    All kinds are worth the same until a playbook says otherwise, so that propensity alone decides.

    Parameters
    ----------
    offer_probability, offer_number
        Offers by descending probability, and the permanent number of their items.
    refill_probability, refill_number
        Repeats likewise.
    k
        Largest length of the result, >= 0.

    Returns
    -------
    Int32Array
        Places: ``0, 1, ...`` of offers, ``-1, -2, ...`` of the first repeat, the second and so on.

    Examples
    --------
    >>> half, both = np.array([0.3], np.float32), np.array([0.5, 0.3], np.float32)
    >>> merge_kinds(half, np.array([9], np.uint32), both, np.array([4, 4], np.uint32), 10).tolist()
    [-1, -2, 0]
    """
    merged = np.empty(min(k, offer_number.size + refill_number.size), np.int32)
    offer = refill = 0
    for place in range(merged.size):
        is_offer = refill == refill_number.size
        if offer < offer_number.size and refill < refill_number.size:
            p, q = offer_probability[offer], refill_probability[refill]
            is_offer = p > q or (p == q and offer_number[offer] < refill_number[refill])
        if is_offer:
            merged[place] = offer
            offer += 1
        else:
            refill += 1
            merged[place] = -refill
    return merged
