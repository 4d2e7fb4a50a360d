"""Randomness without a generator: draws are hashes of the decision id, so that a replay draws the same.

``seed`` is the first eight bytes of BLAKE2b over the decision id. A draw hashes the seed with a word that says what is
drawn, so that one draw tells nothing about another. Building a NumPy generator would take longer than a whole decision
of gates.
"""

import hashlib
import zlib
from typing import Final

_SPAN: Final = 2**64


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


def tie_breaker(seed: int, name: bytes) -> int:
    """Return the place of a name among equals, another one for every seed; cheap, because everybody gets one."""
    return zlib.crc32(name, seed & 0xFFFFFFFF)


def is_held_out(customer_seed: int, action_id: str, share: float) -> bool:
    """Whether a customer is among the share who never get an action: always the same answer for the same two.

    Examples
    --------
    >>> round(sum(is_held_out(seed, "thanks", 0.1) for seed in range(10_000)) / 10_000, 2)
    0.1
    """
    return share > 0 and drawn(customer_seed, action_id) < share


def _hashed(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
