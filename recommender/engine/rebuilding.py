"""Recreating every state from the log at once: columns instead of events."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from recommender.customers.columns import FoldedCustomers, fold_columns
from recommender.customers.packing import pack
from recommender.engine.projection import batches
from recommender.errors import StateUnavailableError
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
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
        marker = self.store.mark_pending(
            [customer_id for customer_id, _ in self.log.customers_changed_after(0)]
        )
        logged = self.log.order_lines()
        total = len(logged.customer_ids)
        written = 0
        for done, batch in _numbered(_states(logged)):
            written += self.store.write(batch, marker=marker)
            if progress is not None:
                progress(done, total)
        self._release_others(logged, marker)
        if not self.store.begin_epoch(health.run_id, head):
            raise StateUnavailableError("the state server was restarted meanwhile", remedy="run it again")
        return written

    def _release_others(self, logged: LoggedLines, marker: bytes) -> None:
        """Take the marker from customers who never bought; the next reader folds them from the log."""
        bought = set(logged.customer_ids)
        others = (who for who, _ in self.log.customers_changed_after(0) if who not in bought)
        for batch in batches(others, _BATCH):
            self.store.release(batch, marker)


def _states(logged: LoggedLines) -> Iterator[VersionedState]:
    folded = fold_columns(logged.lines, logged.customer_ids, logged.customer_versions)
    return _packed(folded, logged.customer_ids)


def _packed(folded: FoldedCustomers, customer_ids: Sequence[CustomerId]) -> Iterator[VersionedState]:
    for index, customer_id in enumerate(customer_ids):
        state = folded.state(index)
        yield customer_id, state.version, pack(state)


def _numbered(states: Iterator[VersionedState]) -> Iterator[tuple[int, Sequence[VersionedState]]]:
    done = 0
    for batch in batches(states, _BATCH):
        done += len(batch)
        yield done, batch
