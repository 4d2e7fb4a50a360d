"""Slates remembered, as bytes.

A slate is a function of the customer's version, the snapshot (bundle and catalogue), the request and the time. The
cache key holds all but the time, so a purchase, a new champion or a changed item can never meet an old slate. Time is
held by the entry: it ends after ``MAX_AGE_SECONDS``, and earlier when an item becomes active or inactive. The other
gates that depend on time only ever open (a cool-down ends, a refill becomes due), so a slate that is a few seconds
old is at worst too modest. A remembered slate keeps its decision id: it is the same decision, with one receipt.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Sequence

import numpy as np

from recommender.candidates import Assortment

MAX_AGE_SECONDS = 30
MAX_ENTRIES = 10_000
MAX_BYTES = 64 * 1024 * 1024


class SlateCache:
    """The least recently used slates leave first; bounded in entries and in bytes.

    Examples
    --------
    >>> cache = SlateCache()
    >>> cache.put("key", b"slate", expires_at_s=100)
    >>> cache.get("key", now_s=99), cache.get("key", now_s=100)
    (b'slate', None)
    """

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[Hashable, tuple[bytes, int]] = OrderedDict()

    def get(self, key: Hashable, now_s: int) -> bytes | None:
        """Return a slate that still holds."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if now_s >= entry[1]:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, slate: bytes, expires_at_s: int) -> None:
        """Remember a slate until a time (seconds since 1970, exclusive)."""
        if self._max_entries <= 0:
            return
        self._remove(key)
        self._entries[key] = (slate, expires_at_s)
        self._bytes += len(slate)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget everything: the snapshot changed and no key will ever match again."""
        self._entries.clear()
        self._bytes = 0

    def _remove(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(entry[0])


def activity_boundaries(assortment: Assortment) -> tuple[int, ...]:
    """Return every moment at which some item becomes active or inactive, ascending seconds since 1970."""
    shelf = assortment.shelf
    moments = np.concatenate([shelf.active_from_s[shelf.windowed], shelf.active_until_s[shelf.windowed]])
    return tuple(np.unique(moments).tolist())


def expiry_s(boundaries: Sequence[int], now_s: int) -> int:
    """Return when a slate decided now stops holding.

    Examples
    --------
    >>> expiry_s((10, 25), 10), expiry_s((10, 25), 25)
    (25, 55)
    """
    later = bisect_right(boundaries, now_s)
    at_latest = now_s + MAX_AGE_SECONDS
    return min(at_latest, boundaries[later]) if later < len(boundaries) else at_latest
