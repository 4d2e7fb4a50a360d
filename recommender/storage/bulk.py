"""Bulk append: the way in for files. Many thousand events share one transaction."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from recommender.errors import ConflictError
from recommender.storage.appending import Append, AppendRequest, LogParts
from recommender.storage.clock import to_microseconds
from recommender.storage.content import PreparedEvent
from recommender.storage.results import BulkCount

_EVENTS = 10_000
_BYTES = 16_000_000


def append_in_bulk(
    parts: LogParts, prepared: Iterable[PreparedEvent], clock: Callable[[], datetime]
) -> BulkCount:
    """Append events in large transactions; each is durable before the next begins.

    Stopped anywhere, a repeat finds what is there, loses nothing and doubles nothing.

    Raises
    ------
    LogUnavailableError
        The transaction in progress was not written; those before it were.
    """
    total = BulkCount()
    # While the database writes one chunk, this thread reads and encodes the next.
    with ThreadPoolExecutor(1, "rapport-log-bulk") as writer:
        writing: Future[BulkCount] | None = None
        for chunk in _chunks(prepared):
            if writing is not None:
                total += writing.result()
            received_us = to_microseconds(clock())
            writing = writer.submit(_append_chunk, parts, chunk, received_us)
        return total if writing is None else total + writing.result()


def _append_chunk(parts: LogParts, chunk: tuple[PreparedEvent, ...], received_us: int) -> BulkCount:
    with parts.database.write() as connection:
        append = Append(parts, connection, received_us)
        (verdicts,) = append.decide([AppendRequest(chunk)])
        append.write()
    append.committed()
    if isinstance(verdicts, ConflictError):  # only atomic requests are refused as a whole
        raise verdicts
    statuses = [one.status for one in verdicts]
    conflicts = tuple((one.event.source, one.event.event_id) for one in verdicts if one.status == "conflict")
    return BulkCount(
        statuses.count("accepted"), statuses.count("duplicate"), conflicts, statuses.count("suppressed")
    )


def _chunks(prepared: Iterable[PreparedEvent]) -> Iterator[tuple[PreparedEvent, ...]]:
    chunk: list[PreparedEvent] = []
    size = 0
    for event in prepared:
        chunk.append(event)
        size += len(event.content)
        if len(chunk) >= _EVENTS or size >= _BYTES:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)
