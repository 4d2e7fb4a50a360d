"""Randomness without a generator: draws are hashes of the decision id, so that a replay draws the same.

``seed`` is the first eight bytes of BLAKE2b over the decision id. A draw hashes the seed with a word that says what is
drawn, so that one draw tells nothing about another. Building a NumPy generator would take longer than a whole decision
of gates.
"""

import hashlib
from typing import Final

FIBONACCI: Final = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio, odd."""

_SPAN: Final = 2**64
_MASK: Final = _SPAN - 1


def seed_of(decision_id: str) -> int:
    """Return the seed of a decision, 0 to 2**64 - 1.

    Examples
    --------
    >>> seed_of("decision-1") == seed_of("decision-1") != seed_of("decision-2")
    True
    """
    return _hashed(decision_id.encode())


def drawn(seed: int, what: str) -> float:
    """Return a uniform number, 0 inclusive to 1 exclusive.

    Examples
    --------
    >>> 0 <= drawn(7, "explore") < 1, drawn(7, "explore") == drawn(7, "which")
    (True, False)
    """
    return _hashed(seed.to_bytes(8, "little") + what.encode()) / _SPAN


def drawn_below(seed: int, what: str, count: int) -> int:
    """Return a uniform whole number, 0 inclusive to ``count`` exclusive; the bias is below count / 2**64."""
    return _hashed(seed.to_bytes(8, "little") + what.encode()) * count // _SPAN


def tie_breaker(seed: int, salt: int) -> int:
    """Return the place of a name among equals, 0 to 2**64 - 1: every order of some names is drawn as often as any other.

    One multiplication, because everybody gets one: Fibonacci hashing (Knuth, TAOCP 3, 6.4) of seed and salt. A check sum
    would not do: of two names it differs by the same bits whatever the seed, so that some orders never come.

    Parameters
    ----------
    salt
        Of the name, as :func:`salt_of` returns it.

    Examples
    --------
    >>> names = [salt_of(name) for name in ("t1", "t2", "t3")]
    >>> firsts = [min(names, key=lambda name: tie_breaker(seed_of(f"d{n}"), name)) for n in range(3_000)]
    >>> [round(firsts.count(name), -2) for name in names]
    [1000, 1000, 1000]
    """
    return ((seed ^ salt) * FIBONACCI) & _MASK


def signed(number: int) -> int:
    """Return a number of 64 bits as compiled code has it.

    Examples
    --------
    >>> signed(7), signed(2**64 - 7)
    (7, -7)
    """
    return number - _SPAN if number >= _SPAN >> 1 else number


def salt_of(name: str) -> int:
    """Return a number for a name, 0 to 2**64 - 1, from which ties, and draws of one customer, are mixed."""
    return _hashed(name.encode())


def is_held_out(customer_seed: int, salt: int, share: float) -> bool:
    """Whether a customer is among the share who never get an action: always the same answer for the same two.

    The two numbers are mixed as SplitMix64 does (Steele, Lea and Flood 2014): hashing would take three times as long.

    Examples
    --------
    >>> round(sum(is_held_out(seed, salt_of("thanks"), 0.1) for seed in range(10_000)) / 10_000, 2)
    0.1
    """
    mixed = (customer_seed * FIBONACCI + salt) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) < share * _SPAN


def _hashed(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
