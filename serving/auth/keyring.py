"""The keys in memory: verified without a query, refreshed twice a second, so a revocation holds within a second.

When the log does not answer, the keys known last stay valid: a shop's reads must survive a database restart.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

from recommender.errors import UnavailableError
from recommender.storage.api_keys import KeyRecord
from serving.auth.caller import Caller, caller_of
from serving.auth.keys import matches, split_key
from serving.errors import UnauthenticatedError

REFRESH_SECONDS = 0.4
MIN_SECONDS_BETWEEN_LOOKUPS = 0.05

_REMEDY = "send 'Authorization: Bearer rk_...' or 'X-Api-Key: rk_...'; make one with 'rapport keys create'"


class _Keys:
    """One reading of the key table; a later reading replaces it whole, so a revoked key cannot slip back in."""

    __slots__ = ("callers", "origins", "records")

    def __init__(self, live: Sequence[KeyRecord]) -> None:
        self.records = {record.prefix: record for record in live}
        self.origins = frozenset(origin for record in live for origin in record.origins)
        self.callers: dict[str, Caller] = {}


class KeyRing:
    """All keys that are not revoked, by prefix.

    Parameters
    ----------
    read_keys
        Reads every key record from the log; may raise ``UnavailableError``.
    """

    def __init__(self, read_keys: Callable[[], Sequence[KeyRecord]]) -> None:
        self._read_keys = read_keys
        self._keys = _Keys(())
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()
        self._reading = threading.Lock()

    def refresh(self) -> None:
        """Read all keys again; keeps the old ones when the log does not answer.

        One reading at a time: a slow one must not put back what a later one has replaced.
        """
        with self._reading:
            try:
                live = [record for record in self._read_keys() if record.revoked_at is None]
            except UnavailableError:
                return
            read = _Keys(live)
            if read.records != self._keys.records:
                self._keys = read

    async def follow(self) -> None:
        """Refresh forever, off the event loop."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await asyncio.to_thread(self.refresh)

    def known(self, text: str | None) -> Caller | None:
        """Return who sent this key when it was verified before and is still valid."""
        return None if text is None else self._keys.callers.get(text)

    async def authenticate(self, text: str | None) -> Caller:
        """Return who sent this key.

        Raises
        ------
        UnauthenticatedError
            No key, not a key, unknown or revoked: the answer does not say which of the last two.
        """
        if text is None:
            raise UnauthenticatedError("this path needs an API key", expected="an API key", remedy=_REMEDY)
        known = self.known(text)
        return known if known is not None else await self._check(text)

    async def _check(self, text: str) -> Caller:
        parts = split_key(text)
        if parts is None:
            raise UnauthenticatedError(
                "this is not an API key",
                expected="rk_<prefix>_<secret>",
                found=f"{len(text)} characters",
                remedy=_REMEDY,
            )
        if parts[0] not in self._keys.records:
            await self._look_once()
        keys = self._keys
        record = keys.records.get(parts[0])
        if record is None or not matches(record, parts[1]):
            raise UnauthenticatedError(
                "the key is unknown or revoked",
                found=f"rk_{parts[0]}_…",
                remedy="make one with 'rapport keys create'",
            )
        return keys.callers.setdefault(text, caller_of(record))

    async def _look_once(self) -> None:
        """A key made a moment ago works at once; guessing prefixes costs at most 20 reads a second.

        Who asks too soon after the last reading waits for the next one, which serves all who wait: refusing
        at once would refuse a key made since.
        """
        asked_at = time.monotonic()
        async with self._looking:
            if self._looked_at > asked_at:
                return
            await asyncio.sleep(max(0.0, self._looked_at + MIN_SECONDS_BETWEEN_LOOKUPS - time.monotonic()))
            self._looked_at = time.monotonic()
            await asyncio.to_thread(self.refresh)

    def knows_origin(self, origin: str) -> bool:
        """Say whether any live key may be used from this web origin."""
        return origin in self._keys.origins


def bearer_key(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """Take the key out of the request headers.

    Raises
    ------
    UnauthenticatedError
        Two keys were sent: nobody should have to guess which one counts.

    Examples
    --------
    >>> bearer_key([(b"authorization", b"Bearer rk_a_b")]), bearer_key([(b"x-api-key", b"k")]), bearer_key([])
    ('rk_a_b', 'k', None)
    """
    found: list[str] = []
    for name, value in headers:
        if name == b"x-api-key":
            found.append(value.decode("latin-1").strip())
        elif name == b"authorization" and value[:7].lower() == b"bearer ":
            found.append(value[7:].decode("latin-1").strip())
    if len(found) > 1:
        raise UnauthenticatedError(
            "two keys were sent", expected="one key", found=str(len(found)), remedy=_REMEDY
        )
    return found[0] if found else None
