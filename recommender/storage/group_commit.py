"""Group commit: one thread writes, and everybody who asked meanwhile shares its next transaction.

A durable commit costs milliseconds, however many events it holds. Nobody is delayed to wait for company: a
group is what arrived while the commit before it was running.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeAlias

from recommender.errors import ConflictError, LogUnavailableError
from recommender.storage.appending import AppendRequest, Claim, Outcome
from recommender.storage.results import AppendResult, LogStatistics

Answer: TypeAlias = Future[tuple[AppendResult, ...]]

_EVENTS_PER_COMMIT = 5_000
_EVENTS_WAITING = 200_000


@dataclass(frozen=True, slots=True)
class _Waiter:
    request: AppendRequest
    answer: Answer
    until: float


class GroupCommit:
    """The writer thread and its queue. ``commit`` writes the requests that it claims durably and answers each.

    Parameters
    ----------
    wait_seconds
        A request that has waited longer when the log is ours is refused: whoever sent it has been told so, or gone.
    """

    def __init__(self, commit: Callable[[Claim], Sequence[Outcome]], wait_seconds: float) -> None:
        self._commit = commit
        self._wait_seconds = wait_seconds
        self._queue: queue.SimpleQueue[_Waiter | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._waiting = 0
        self._statistics = LogStatistics()

    @property
    def statistics(self) -> LogStatistics:
        """Counts since the start."""
        return self._statistics

    def submit(self, request: AppendRequest) -> Answer:
        """Queue a request; the answer comes when it is durable, or with the reason why it is not.

        Raises
        ------
        LogUnavailableError
            The log is closed, or the database has been too slow for too long.
        """
        answer: Answer = Future()
        with self._gate:
            self._check_open()
            if not request.events and request.terms is None:
                answer.set_result(())
                return answer
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="rapport-log-writer", daemon=True)
                self._thread.start()
            self._waiting += len(request.events)
            self._queue.put(_Waiter(request, answer, time.monotonic() + self._wait_seconds))
        return answer

    def close(self) -> None:
        """Refuse new requests, write those that wait, and end the thread."""
        with self._gate:
            self._closed = True
            thread, self._thread = self._thread, None
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _check_open(self) -> None:
        if self._closed:
            raise LogUnavailableError("the event log is closed", remedy="open it again")
        if self._waiting > _EVENTS_WAITING:
            raise LogUnavailableError(
                "the event log is behind",
                expected=f"at most {_EVENTS_WAITING} events waiting",
                found=str(self._waiting),
                remedy="try again later",
            )

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, is_last = self._gather(first)
            self._write(group)
            if is_last:
                return

    def _gather(self, first: _Waiter) -> tuple[list[_Waiter], bool]:
        group, size = [first], len(first.request.events)
        while size < _EVENTS_PER_COMMIT:
            try:
                waiter = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiter is None:
                return group, True
            group.append(waiter)
            size += len(waiter.request.events)
        return group, False

    def _write(self, group: Sequence[_Waiter]) -> None:
        size = sum(len(waiter.request.events) for waiter in group)
        asking: list[_Waiter] = []

        def claim() -> list[AppendRequest]:
            now = time.monotonic()
            still = _still_asking(group)
            asking.extend(waiter for waiter in still if now <= waiter.until)
            _refuse([waiter for waiter in still if now > waiter.until], self._too_late())
            return [waiter.request for waiter in asking]

        try:
            outcomes = self._commit(claim)
        except LogUnavailableError as error:
            _refuse(asking or _unanswered(group), error)
        except BaseException as error:  # noqa: BLE001 - a thread that dies would leave every waiter waiting
            failed = LogUnavailableError("the event log failed", found=repr(error))
            _refuse(asking or _unanswered(group), failed)
        else:
            self._count(asking)
            for waiter, outcome in zip(asking, outcomes, strict=True):
                _answer(waiter.answer, outcome)
        with self._gate:
            self._waiting -= size

    def _too_late(self) -> LogUnavailableError:
        return LogUnavailableError(
            "the event log was held by others for too long; nothing was written",
            expected=f"a turn within {self._wait_seconds:g} seconds",
            remedy="send it again",
        )

    def _count(self, written: Sequence[_Waiter]) -> None:
        before = self._statistics
        self._statistics = LogStatistics(
            appends=before.appends + len(written),
            events=before.events + sum(len(waiter.request.events) for waiter in written),
            commits=before.commits + bool(written),
        )


def _still_asking(group: Sequence[_Waiter]) -> list[_Waiter]:
    """Return who has not given up, and cannot from now on: who gave up before the log was ours is not written at all."""
    return [waiter for waiter in group if waiter.answer.set_running_or_notify_cancel()]


def _unanswered(group: Sequence[_Waiter]) -> list[_Waiter]:
    """Return who still asks, where the log was never ours."""
    return _still_asking([waiter for waiter in group if not waiter.answer.done()])


def _answer(answer: Answer, outcome: Outcome) -> None:
    if isinstance(outcome, ConflictError):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


def _refuse(waiters: Sequence[_Waiter], error: LogUnavailableError) -> None:
    for waiter in waiters:
        # One error each: a raised error collects the traceback of whoever raises it.
        own = LogUnavailableError(
            error.message, expected=error.expected, found=error.found, remedy=error.remedy
        )
        own.__cause__ = error
        waiter.answer.set_exception(own)
