"""The online state: one packed, versioned value per customer in Redis or Valkey.

Nothing in here is the truth: the log is. What the store says counts only when the *epoch* in it names the very
server process that answers (see :mod:`recommender.storage.state_scripts`). Reads are asynchronous; writes are
plain calls for threads. Every error of the server is a :class:`StateUnavailableError`.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from redis.exceptions import NoScriptError, ResponseError

from recommender.errors import StateUnavailableError
from recommender.storage import state_scripts as scripts
from recommender.storage.breaker import Breaker
from recommender.storage.state_keys import StateKeys
from recommender.storage.state_layout import (
    HEADER_BYTES,
    StateRead,
    VersionedState,
    encode_marker,
    encode_state,
    is_older,
)
from recommender.storage.state_link import run_id_of
from recommender.storage.state_reader import FAILURES, StateReader
from recommender.storage.state_servers import servers_at
from recommender.storage.state_urls import namespace_at
from recommender.types import CustomerId

_T = TypeVar("_T")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """One consistent look at the server: who it is, and how far it was brought up to date."""

    run_id: str
    epoch: str | None
    checkpoint: int | None

    @property
    def current(self) -> bool:
        """Whether this very server process was brought up to date."""
        return self.epoch == self.run_id


class StateStore:
    """States of all customers of one installation."""

    def __init__(self, url: str, *, namespace: str, timeout_seconds: float) -> None:
        self.keys = StateKeys(namespace_at(url, namespace))
        self._breaker = Breaker(seconds=1.0)
        self._servers = servers_at(url, namespace, timeout_seconds)
        self._reader = StateReader(
            self._servers.reading, self.keys, self._breaker, timeout_seconds=timeout_seconds
        )
        self._redis: Any = self._servers.client
        self._scripts: dict[str, Any] = {}

    @classmethod
    def open(cls, url_or_socket: str, *, namespace: str, timeout_seconds: float = 0.25) -> "StateStore":
        """Return a store; nothing is connected yet.

        Parameters
        ----------
        url_or_socket
            A URL of :mod:`recommender.storage.state_urls`, or the path of a unix socket.
        namespace
            Prefix of every key.
        timeout_seconds
            How long a read may take before the log is asked instead.
        """
        url = url_or_socket if "://" in url_or_socket else f"unix://{url_or_socket}"
        return cls(url, namespace=namespace, timeout_seconds=timeout_seconds)

    async def read(self, customer_id: CustomerId) -> StateRead:
        """Return what the store knows of one customer, in one round trip.

        Raises
        ------
        StateUnavailableError
            When the store does not answer in time.
        """
        return await self._reader.read(customer_id)

    def mark_pending(self, customer_ids: Sequence[CustomerId]) -> bytes:
        """Make readers ask the log for these customers, and return the marker that :meth:`write` needs.

        Must come before the log is read (and before an event is committed) for them.
        """
        marker = _new_marker()
        with self._unavailable("mark customers"):
            for batch in _batches(customer_ids):
                self._redis.mset({self.keys.customer(customer_id): marker for customer_id in batch})
        return marker

    def lease(self, customer_id: CustomerId) -> bytes | None:
        """Mark one customer of whom the store holds nothing; ``None`` when it holds something by now."""
        marker = _new_marker()
        with self._unavailable("lease a customer"):
            return marker if self._redis.set(self.keys.customer(customer_id), marker, nx=True) else None

    def write(self, states: Sequence[VersionedState], *, marker: bytes = b"") -> int:
        """Write states that were folded after ``marker`` was set; return how many were written.

        A state is left out when a newer one is there, and when somebody else is about to write: see
        :mod:`recommender.storage.state_scripts`. Either way no reader will see an older one.
        """
        written = 0
        with self._unavailable("write states"):
            for batch in _batches(states):
                keys = [self.keys.customer(customer_id) for customer_id, _, _ in batch]
                values = [encode_state(version, packed) for _, version, packed in batch]
                written += self._run(scripts.WRITE, keys, [marker, *values])
        return written

    def release(self, customer_ids: Sequence[CustomerId], marker: bytes) -> None:
        """Take a marker away again, because nothing came of it."""
        with self._unavailable("release customers"):
            for batch in _batches(customer_ids):
                self._run(scripts.RELEASE, [self.keys.customer(c) for c in batch], [marker])

    def health(self) -> StoreHealth:
        """Return run id, epoch and checkpoint, read together; asks also a server that just failed, and who is primary."""
        with self._unavailable("say how it is", insist=True):
            if self._servers.follow():
                self._reader.reconnect()
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.set_response_callback("INFO", bytes)
            pipeline.info("server")
            pipeline.mget(self.keys.epoch, self.keys.checkpoint)
            info, (epoch, checkpoint) = pipeline.execute()
        return StoreHealth(
            run_id_of(info).decode(),
            epoch.decode() if epoch is not None else None,
            int(checkpoint) if checkpoint is not None else None,
        )

    def checkpoint(self) -> int | None:
        """Return the seq up to which the store was brought up to date when it was last noted."""
        return self.health().checkpoint

    def begin_epoch(self, run_id: str, checkpoint: int) -> bool:
        """Declare this server up to date; ``False`` when another server process answers by now."""
        keys = [self.keys.epoch, self.keys.checkpoint]
        with self._unavailable("begin an epoch"):
            return bool(self._run(scripts.BEGIN_EPOCH, keys, [run_id, checkpoint]))

    def set_checkpoint(self, run_id: str, seq: int) -> bool:
        """Note that everything up to ``seq`` is in the store; ``False`` when it is another server or epoch by now."""
        keys = [self.keys.epoch, self.keys.checkpoint]
        with self._unavailable("note a checkpoint"):
            return bool(self._run(scripts.SET_CHECKPOINT, keys, [run_id, seq]))

    def forget_all(self) -> None:
        """Delete every state of this namespace. Readers ask the log until it is filled again."""
        with self._unavailable("forget its states"):
            found = self._redis.scan_iter(match=self.keys.every_customer(), count=1000)
            for batch in _batches(found):
                self._redis.unlink(*batch)

    def older_than(self, versions: Sequence[tuple[CustomerId, int]]) -> list[tuple[CustomerId, int]]:
        """Return those customers whom the store holds, or is about to hold, from before these versions."""
        with self._unavailable("say which versions it holds"):
            pipeline = self._redis.pipeline(transaction=False)
            for customer_id, _ in versions:
                pipeline.getrange(self.keys.customer(customer_id), 0, HEADER_BYTES - 1)
            headers = pipeline.execute()
        return [one for one, header in zip(versions, headers, strict=True) if is_older(header, one[1])]

    def held(self) -> Iterator[CustomerId]:
        """Yield everybody of whom the store holds anything, some perhaps twice."""
        with self._unavailable("list its states"):
            for key in self._redis.scan_iter(match=self.keys.every_customer(), count=1000):
                yield self.keys.customer_of(key)

    @contextmanager
    def recovery_lock(self, run_id: str, *, seconds: float = 10.0) -> Iterator[Callable[[], bool] | None]:
        """Hold the right to recover this server; yields ``None`` when another worker holds it.

        What is yielded extends the right by ``seconds`` and says whether it was still ours.
        """
        key, token, milliseconds = self.keys.lock(run_id), os.urandom(16), int(seconds * 1000)

        def extend() -> bool:
            with self._unavailable("extend a lock"):
                return bool(self._run(scripts.EXTEND, [key], [token, milliseconds]))

        with self._unavailable("take a lock"):
            taken = bool(self._redis.set(key, token, nx=True, px=milliseconds))
        try:
            yield extend if taken else None
        finally:
            if taken:
                self._unlock(key, token)

    @contextmanager
    def _unavailable(self, what: str, *, insist: bool = False) -> Iterator[None]:
        """Turn every failure of the server into ours, and do not wait for a server that just failed."""
        if not insist and self._breaker.is_open():
            raise StateUnavailableError(f"the state store could not {what}: it did not answer a moment ago")
        try:
            yield
        except ResponseError as error:
            raise _refused(what, error) from error
        except FAILURES as error:
            self._breaker.trip()
            raise StateUnavailableError(f"the state store could not {what}: {error}") from error
        self._breaker.reset()

    def _unlock(self, key: bytes, token: bytes) -> None:
        try:
            self._run(scripts.UNLOCK, [key], [token])
        except FAILURES:
            return  # it expires by itself

    def _run(self, script: str, keys: Sequence[bytes], arguments: Sequence[Any]) -> int:
        digest = self._scripts.get(script)
        if digest is None:
            digest = self._scripts[script] = self._redis.script_load(script)
        try:
            return int(self._redis.evalsha(digest, len(keys), *keys, *arguments))
        except NoScriptError:
            return int(self._redis.eval(script, len(keys), *keys, *arguments))

    async def aclose(self) -> None:
        """Close the reading connections of the running event loop."""
        await self._reader.close()

    def close(self) -> None:
        """Close the writing connections."""
        self._servers.close()


_REFUSALS = {
    "MISCONF": ("its disk is full or failing", "free some space, or read the server's log"),
    "OutOfMemoryError": ("its memory is full", "raise maxmemory, or give it a server of its own"),
    "ReadOnlyError": ("it is a replica that takes no writes", "set RAPPORT_REDIS_URL to the primary"),
    "MovedError": ("another node of the cluster has its keys now", "wait a second, until that is followed"),
    "NoPermissionError": ("its user may not do that", "allow the user of RAPPORT_REDIS_URL to do it"),
}
"""By redis-py's error, or the first word of the answer where it has none: what it means, and what to do."""


def _refused(what: str, error: ResponseError) -> StateUnavailableError:
    code = str(error).partition(" ")[0]
    known = _REFUSALS.get(type(error).__name__) or _REFUSALS.get(code)
    if known is None:
        return StateUnavailableError(
            f"the state store could not {what}", found=str(error)[:200], remedy="read the server's log"
        )
    return StateUnavailableError(f"the state store could not {what}: {known[0]}", remedy=known[1])


def _new_marker() -> bytes:
    return encode_marker(time.time_ns() // 1_000_000, os.urandom(8))


def _batches(rows: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
