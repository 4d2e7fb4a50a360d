"""The write path: mark, commit, project, answer. Those who come together share all of it.

Two threads. The first marks the customers of everything that waits with one command and hands the events to the log,
which shares commits. The second takes all that was committed meanwhile, folds those customers once and writes them.
An append is answered when its customers are projected, or when every reader was sent to the log instead.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from recommender.engine.ahead import LogAhead
from recommender.engine.append_stages import Appended, EventResult, Flight, Job, Stage
from recommender.engine.projection import Projector
from recommender.errors import RapportError, StateUnavailableError, UnavailableError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog
from recommender.storage.results import AppendResult
from recommender.storage.state_store import StateStore
from recommender.storage.terms import Terms
from recommender.types import CustomerId

_LOGGER = logging.getLogger(__name__)


class AppendPath:
    """Appends events and brings their customers up to date before it answers.

    Parameters
    ----------
    on_doubt
        Called when something could not be projected, so that somebody looks after it.
    """

    def __init__(
        self,
        log: EventLog,
        store: StateStore,
        projector: Projector,
        ahead: LogAhead,
        on_doubt: Callable[[], None],
    ) -> None:
        self._log = log
        self._store = store
        self._projector = projector
        self._ahead = ahead
        self._on_doubt = on_doubt
        self._flight = Flight()
        self._projecting = Stage("rapport-projecting", self._project)
        self._marking = Stage("rapport-marking", self._mark_and_commit)

    def submit(
        self, events: Sequence[AnyEvent], *, atomic: bool = False, terms: Terms | None = None
    ) -> Appended:
        """Queue events that were checked; the future is done when they are durable and visible.

        With ``terms`` they are written only if those hold; the future's error says which did not.

        Raises
        ------
        UnavailableError
            The engine is closed.
        """
        job = Job(events, atomic, terms)
        self._flight.enter()
        job.answer.set_running_or_notify_cancel()  # a caller who goes away must not stop what will be committed
        job.answer.add_done_callback(self._flight.leave)
        self._marking.put(job)
        return job.answer

    def close(self) -> None:
        """Finish what was submitted, and end the threads."""
        self._flight.close()
        self._marking.close()
        self._projecting.close()

    def _mark_and_commit(self, jobs: list[Job]) -> None:
        marker = self._try_mark(_customers(jobs))
        for job in jobs:
            job.marker = marker
            try:
                answer = self._log.append_async(job.events, atomic=job.atomic, terms=job.terms)
            except RapportError as error:
                self._refuse(job, error)
            else:
                answer.add_done_callback(_Committed(job, self._projecting.put))

    def _try_mark(self, customers: Sequence[CustomerId]) -> bytes:
        try:
            return self._store.mark_pending(customers)
        except StateUnavailableError:
            return b""

    def _project(self, jobs: list[Job]) -> None:
        for job in [job for job in jobs if job.answer.done()]:
            self._release(job)
        written = [job for job in jobs if not job.answer.done()]
        is_projected = self._try_project(written)
        if not is_projected:
            self._ahead.raise_mark()
            self._on_doubt()
        for job in written:
            job.answer.set_result(tuple(_result(result, projected=is_projected) for result in job.results))

    def _try_project(self, jobs: Sequence[Job]) -> bool:
        versions = _versions(jobs)
        # Who else is one person with them is known since the log has written; until then nothing was acknowledged.
        markers = dict.fromkeys(versions, b"")
        markers |= {customer_id: job.marker for job in jobs for customer_id in job.customers()}
        try:
            unmarked = [who for who, marker in markers.items() if not marker]
            if unmarked:
                markers |= dict.fromkeys(unmarked, self._store.mark_pending(unmarked))
            self._write(versions, markers)
        except UnavailableError:
            return False
        except Exception:
            _LOGGER.exception("customers could not be folded; their events are stored")
            return False
        self._log.projected(versions.items())
        return True

    def _write(self, versions: Mapping[CustomerId, int], markers: Mapping[CustomerId, bytes]) -> None:
        folded = self._projector.fold_many(versions) if versions else []
        # Who was erased since has no events, and nothing is kept of them.
        states = {state[0]: state for state in folded if state[1] > 0}
        for marker in dict.fromkeys(markers.values()):
            mine = [who for who in markers if markers[who] == marker]
            self._store.write([states[who] for who in mine if who in states], marker=marker)
            self._store.release([who for who in mine if who not in states], marker)

    def _refuse(self, job: Job, error: BaseException) -> None:
        job.answer.set_exception(error)
        self._release(job)

    def _release(self, job: Job) -> None:
        """Take back the marks of an append that came to nothing; an abandoned one would only cost time."""
        if job.marker:
            try:
                self._store.release(sorted(job.customers()), job.marker)
            except StateUnavailableError:
                self._on_doubt()


@dataclass(frozen=True, slots=True)
class _Committed:
    """Passes a job on when the log has answered; a refused one is answered at once."""

    job: Job
    pass_on: Callable[[Job], None]

    def __call__(self, answer: "Future[tuple[AppendResult, ...]]") -> None:
        error = answer.exception()
        if error is None:
            self.job.results = answer.result()
        else:
            self.job.answer.set_exception(error)
        self.pass_on(self.job)


def _customers(jobs: Iterable[Job]) -> list[CustomerId]:
    return sorted(set().union(*(job.customers() for job in jobs)))


def _versions(jobs: Iterable[Job]) -> dict[CustomerId, int]:
    """Newest version of every customer that the log knows, and of whoever is one person with them."""
    newest: dict[CustomerId, int] = {}
    for result in (result for job in jobs for result in job.results):
        own = () if result.customer_id is None else ((result.customer_id, result.version),)
        for customer_id, version in (*own, *result.others):
            if version > 0:
                newest[CustomerId(customer_id)] = max(version, newest.get(CustomerId(customer_id), 0))
    return newest


def _result(result: AppendResult, *, projected: bool) -> EventResult:
    return EventResult(
        result.source,
        result.event_id,
        result.status,
        result.customer_id,
        result.version,
        result.message,
        result.seq,
        result.refused,
        result.others,
        projected,
    )
