"""What a value in the state store looks like, byte for byte.

A *state* is ``S``, seven zero bytes, the customer's version (unsigned, 8 bytes, big endian), then the packed
state; its body starts at offset 16, so that arrays in it stay aligned. A *marker* is ``M``, seven zero bytes, the
wall clock in milliseconds and 8 random bytes: it says that somebody is about to read the log for this customer, and
whoever finds it asks the log instead.
"""

import struct
from typing import TypeAlias

import msgspec

from recommender.types import CustomerId

HEADER_BYTES = 16
MARKER_BYTES = 24
_HEADER = struct.Struct(">B7xQ")
_MARKER = struct.Struct(">B7xQ8s")
_STATE = ord("S")
_PENDING = ord("M")

VersionedState: TypeAlias = tuple[CustomerId, int, bytes]
"""A customer, their version in the log, and their packed state."""


class StateRead(msgspec.Struct, frozen=True, gc=False):
    """What one read of the state store says.

    ``trusted`` and no ``packed``: the store holds nothing of this customer; ask the log. Not ``trusted``: whatever is
    there must not be believed. ``pending_ms`` is when a pending marker was set, milliseconds since 1970.
    """

    packed: memoryview | None
    trusted: bool
    pending_ms: int | None = None


def encode_state(version: int, packed: bytes) -> bytes:
    """Return the stored form of one packed state.

    Examples
    --------
    >>> encode_state(7, b"body")[HEADER_BYTES:]
    b'body'
    """
    return _HEADER.pack(_STATE, version) + packed


def encode_marker(now_ms: int, random: bytes) -> bytes:
    """Return a marker; ``random`` are 8 bytes that make it unlike every other one."""
    return _MARKER.pack(_PENDING, now_ms, random)


def decode(value: bytes | None, *, current: bool) -> StateRead:
    """Return what a stored value says; ``current`` is whether its server is known to be up to date.

    Examples
    --------
    >>> bytes(decode(encode_state(7, b"body"), current=True).packed)
    b'body'
    >>> decode(encode_marker(5, b"12345678"), current=True)
    StateRead(packed=None, trusted=False, pending_ms=5)
    >>> decode(None, current=True).trusted, decode(None, current=False).trusted
    (True, False)
    """
    if value is None:
        return _MISSING if current else _UNTRUSTED
    if value[0] == _STATE:
        return StateRead(memoryview(value)[HEADER_BYTES:], current)
    if value[0] == _PENDING and len(value) == MARKER_BYTES:
        return StateRead(None, trusted=False, pending_ms=_MARKER.unpack(value)[1])
    return _UNTRUSTED


def is_older(header: bytes, version: int) -> bool:
    """Whether what begins like this may be a state before ``version``; a marker may become one, nothing cannot.

    Examples
    --------
    >>> [is_older(value[:HEADER_BYTES], 7) for value in (encode_state(6, b""), encode_state(7, b""), b"")]
    [True, False, False]
    >>> is_older(encode_marker(9, b"12345678")[:HEADER_BYTES], 7)
    True
    """
    if not header:
        return False
    return header[0] != _STATE or _HEADER.unpack(header)[1] < version


_MISSING = StateRead(None, trusted=True)
_UNTRUSTED = StateRead(None, trusted=False)
