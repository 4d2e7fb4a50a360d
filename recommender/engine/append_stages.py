"""Appends on their way, and the threads that take whatever waits all at once."""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from recommender.errors import RapportError, UnavailableError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.results import AppendResult
from recommender.storage.terms import Terms
from recommender.types import CustomerId

_EVENTS_PER_GROUP = 2_000


@dataclass(frozen=True, slots=True)
class EventResult(AppendResult):
    """What became of one event; ``projected`` says whether the state store knows it (if not, readers ask the log).

    ``unmatched``: of an answer to a decision, why it is to nothing that the decision said; None: it is.
    """

    projected: bool = False
    unmatched: str | None = None


Appended: TypeAlias = Future[tuple[EventResult, ...]]


@dataclass(slots=True)
class Job:
    """One append on its way; ``marker`` is empty while its customers are not marked."""

    events: Sequence[AnyEvent]
    atomic: bool
    terms: Terms | None = None
    answer: Appended = field(default_factory=Future)
    marker: bytes = b""
    results: tuple[AppendResult, ...] = ()

    def customers(self) -> set[CustomerId]:
        """Return everybody whom the events concern."""
        return {CustomerId(event.customer_id) for event in self.events if event.customer_id is not None}


class Stage:
    """A thread that takes whatever waits, all at once, and works on it."""

    def __init__(self, name: str, work: Callable[[list[Job]], None]) -> None:
        self._work = work
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Hand over one job."""
        self._queue.put(job)

    def close(self) -> None:
        """Finish what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            jobs, is_last = self._gather(first)
            try:
                self._work(jobs)
            except RapportError as error:
                fail(jobs, error)
            except BaseException as error:  # noqa: BLE001 - a dead thread would leave every caller waiting
                fail(jobs, UnavailableError("the append failed", found=repr(error), remedy="send it again"))
            if is_last:
                return

    def _gather(self, first: Job) -> tuple[list[Job], bool]:
        jobs, size = [first], len(first.events)
        while size < _EVENTS_PER_GROUP:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return jobs, False
            if job is None:
                return jobs, True
            jobs.append(job)
            size += len(job.events)
        return jobs, False


class Flight:
    """Counts appends on their way, so that closing can wait for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._is_closed = False

    def enter(self) -> None:
        """Count one more; raises UnavailableError after :meth:`close`."""
        with self._changed:
            if self._is_closed:
                raise UnavailableError("the engine is closed", remedy="open it again")
            self._count += 1

    def leave(self, _answer: Appended) -> None:
        """Count one less."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in any more, and wait until all have left."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._count == 0)


def fail(jobs: Iterable[Job], error: RapportError) -> None:
    """Answer every job that has no answer yet with an error."""
    for job in jobs:
        if not job.answer.done():
            job.answer.set_exception(error)
