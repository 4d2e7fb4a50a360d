"""The ingest path: many thousands of events per transaction, projected once at the end."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from recommender.engine.ahead import LogAhead
from recommender.engine.bulk_guard import BulkGuard
from recommender.engine.projection import Projector
from recommender.engine.rebuilding import Progress, Rebuilding
from recommender.errors import StateUnavailableError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog
from recommender.storage.results import BulkCount
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId

MANY = 1_000
"""Customers from which one pass over the whole log is quicker than one customer after the other."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BulkLoading:
    """Appends in bulk while the workers of this machine answer from the log."""

    log: EventLog
    store: StateStore
    projector: Projector
    ahead: LogAhead
    guard: BulkGuard

    def append(self, events: Iterable[AnyEvent]) -> BulkCount:
        """Append events that were checked, and project their customers when the store can be written.

        Raises
        ------
        LogUnavailableError
            The log does not answer; what was committed before stays, and repeating the load doubles nothing.
        """
        with self.guard.loading():
            self.ahead.raise_mark()
            count = self.log.append_bulk(events)
            self._catch_up()
        return count

    def rebuild(self, progress: Progress | None = None) -> int:
        """Recreate every state from the log; return how many were written.

        Raises
        ------
        StateUnavailableError
            The store cannot be written.
        """
        with self.guard.loading():
            raised = self.ahead.raised()
            pending = self.log.pending()
            written = Rebuilding(self.log, self.store, self.projector).run(progress)
            self._settle(pending, raised)
        return written

    def _catch_up(self) -> None:
        raised = self.ahead.raised()
        pending = self.log.pending()
        try:
            self._project(pending)
        except StateUnavailableError as error:
            _LOGGER.warning("%s; the states are projected later", error)
            self.ahead.raise_mark()
        else:
            self._settle(pending, raised)

    def _project(self, pending: list[tuple[CustomerId, int]]) -> None:
        if len(pending) > MANY:
            Rebuilding(self.log, self.store, self.projector).run()
            return
        for _ in self.projector.project(pending):
            continue

    def _settle(self, pending: list[tuple[CustomerId, int]], raised: int) -> None:
        self.log.projected(pending)
        self.ahead.settle(raised)
