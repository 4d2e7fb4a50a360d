"""The ranked products of a decision as its receipt keeps them, packed in one compiled pass."""

import numpy as np
from numba import njit

from recommender.decisions.trace import NEVER, Ranked
from recommender.types import SECONDS_PER_DAY, Float32Array, Int64Array, UInt8Array, UInt32Array

_NARROW = 1 << 16


def packed_products(
    sizes: tuple[int, int],
    products: tuple[Int64Array, Float32Array, Int64Array],
    bought: tuple[UInt32Array, UInt32Array],
    now_s: int,
) -> Ranked:
    """Pack a ranking.

    Parameters
    ----------
    sizes
        Offers and repeats that may be said.
    products
        Permanent numbers of all, ``int64 [offers + repeats + kept out]``; probabilities of the first two, ``float32``; gate
        codes of those kept out, ``int64``.
    bought
        Numbers of what the customer bought, ascending, and when each was last, seconds since 1970; ``uint32``, writable.
    now_s
        Time of the decision.

    Examples
    --------
    >>> products = np.array([7, 70_000, 3]), np.array([1 / 2, 1 / 3], np.float32), np.array([2])
    >>> bought = np.array([3, 7], np.uint32), np.array([86_400, 86_400], np.uint32)
    >>> ranked = packed_products((1, 1), products, bought, 4 * 86_400)
    >>> ranked.numbers().tolist(), ranked.probabilities().round(2).tolist(), ranked.facts()
    ([7, 70000, 3], [0.5, 0.33000001311302185], ['bought 3 days ago'])
    """
    number, probability, code = products
    packed = _packed(number, probability, code, *bought, now_s).tobytes()
    days = len(packed) - 3 * code.size
    chances = days - 2 * probability.size
    codes = days + 2 * code.size
    return Ranked(*sizes, packed[:chances], packed[chances:days], packed[codes:], packed[days:codes])


@njit(cache=True, nogil=True)
def _packed(
    number: Int64Array,
    probability: Float32Array,
    code: Int64Array,
    held: UInt32Array,
    last_s: UInt32Array,
    now_s: int,
) -> UInt8Array:
    """Return numbers, halves of probabilities, days since each of those kept out was bought, and their codes."""
    largest = 0
    for one in number:
        largest = max(largest, one)
    width = 2 if largest < _NARROW else 4
    chances = width * number.size
    days = chances + 2 * probability.size
    codes = days + 2 * code.size
    packed = np.empty(codes + code.size, np.uint8)
    if width == 2:
        packed[:chances].view(np.uint16)[:] = number
    else:
        packed[:chances].view(np.uint32)[:] = number
    packed[chances:days].view(np.uint16)[:] = probability.view(np.uint32) >> np.uint32(16)
    packed[days:codes].view(np.uint16)[:] = _days_since(
        number[number.size - code.size :], held, last_s, now_s
    )
    packed[codes:] = code
    return packed


@njit(cache=True, nogil=True)
def _days_since(number: Int64Array, held: UInt32Array, last_s: UInt32Array, now_s: int) -> Int64Array:
    """Return whole days since each item was last bought; :data:`NEVER` for those that the customer never bought."""
    days = np.full(number.size, NEVER, np.int64)
    row = np.searchsorted(held, number)
    for at in range(number.size):
        if row[at] < held.size and held[row[at]] == number[at]:
            age = (now_s - int(last_s[row[at]])) // SECONDS_PER_DAY
            days[at] = min(max(age, 0), NEVER - 1)
    return days
