"""Which actions a customer never gets, for all of them at once; compiled, because everybody asks."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from recommender.decisions.seeds import salt_of

_SPAN: Final = 2**64
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)

UInt64Array = npt.NDArray[np.uint64]


class Holdouts(NamedTuple):
    """Actions with a holdout.

    Attributes
    ----------
    bits
        One of each action, as the plans have it.
    salt, last
        Number of each id, and the largest mixed number that is held out; ``uint64 [a]``.
    """

    bits: tuple[int, ...]
    salt: UInt64Array
    last: UInt64Array

    def closed(self, customer_seed: int) -> int:
        """Return the bits of the actions that a customer never gets.

        Examples
        --------
        >>> both = holdouts_of([("thanks", 1.0, 1), ("tea", 1e-18, 2)])
        >>> both.closed(7)
        1
        """
        if not self.bits:
            return 0
        seed = np.uint64(customer_seed % _SPAN)
        if not _is_any_held_out(seed, self.salt, self.last):
            return 0
        return sum([self.bits[place] for place in _held_out(seed, self.salt, self.last).tolist()])


def holdouts_of(shares: Sequence[tuple[str, float, int]]) -> Holdouts:
    """Return the holdouts of actions by id, share above 0, and bit."""
    return Holdouts(
        tuple(bit for _, _, bit in shares),
        np.array([salt_of(action_id) for action_id, _, _ in shares], np.uint64),
        np.array([min(math.ceil(share * _SPAN), _SPAN) - 1 for _, share, _ in shares], np.uint64),
    )


@njit(cache=True, nogil=True)
def _held_out(seed: np.uint64, salt: UInt64Array, last: UInt64Array) -> npt.NDArray[np.intp]:
    """Return the places of those held out: the numbers are mixed as ``seeds.is_held_out`` does."""
    found = np.zeros(salt.size, np.bool_)
    for place in range(salt.size):
        found[place] = _mixed(seed, salt[place]) <= last[place]
    return np.flatnonzero(found)


@njit(cache=True, nogil=True)
def _is_any_held_out(seed: np.uint64, salt: UInt64Array, last: UInt64Array) -> bool:
    """Whether any is; mostly none, and an answer without an array takes a fraction of the time."""
    is_any = False
    for place in range(salt.size):
        is_any = is_any or _mixed(seed, salt[place]) <= last[place]
    return is_any


@njit(cache=True, nogil=True)
def _mixed(seed: np.uint64, salt: np.uint64) -> np.uint64:
    mixed = seed * _GOLDEN + salt
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
