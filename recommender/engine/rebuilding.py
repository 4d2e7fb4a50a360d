"""Recreating every state from the log at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from recommender.customers.packing import pack
from recommender.customers.state import CustomerState
from recommender.engine.everybody import Everybody
from recommender.engine.projection import Projector, batches
from recommender.errors import StateUnavailableError
from recommender.storage.log import EventLog
from recommender.storage.state_layout import VersionedState
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId

Progress = Callable[[int, int], None]
"""Called with how many customers are done, and of how many."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """Empties the store and fills it from the log; readers ask the log for whom it does not hold yet."""

    log: EventLog
    store: StateStore
    projector: Projector

    def run(self, progress: Progress | None = None) -> int:
        """Recreate all states and begin an epoch; return how many states were written.

        Raises
        ------
        StateUnavailableError
            The store cannot be written, or was restarted meanwhile.
        """
        health = self.store.health()
        head = self.log.head()
        self.store.forget_all()
        known = dict(self.log.customers_changed_after(0))
        marker = self.store.mark_pending(list(known))
        everybody = Everybody.of(self.log, self.projector, known=known)
        done = written = 0
        for batch in batches(_packed(everybody.states()), _BATCH):
            written += self.store.write(batch, marker=marker)
            done += len(batch)
            if progress is not None:
                progress(done, len(everybody))
        self._release(everybody.missing(known), marker)
        if not self.store.begin_epoch(health.run_id, head):
            raise StateUnavailableError("the state server was restarted meanwhile", remedy="run it again")
        return written

    def _release(self, missing: Iterator[CustomerId], marker: bytes) -> None:
        """Take the marker from customers without a state; the next reader folds them from the log."""
        for batch in batches(missing, _BATCH):
            self.store.release(batch, marker)


def _packed(states: Iterable[tuple[CustomerId, CustomerState]]) -> Iterator[VersionedState]:
    return ((customer_id, state.version, pack(state)) for customer_id, state in states)
