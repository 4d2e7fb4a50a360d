"""Recreating every state from the log at once: columns instead of events, where orders are all there is.

Customers with any other event, a gift, a serial or a planned item are folded one by one, from all their events.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain

import numpy as np

from recommender.customers.columns import fold_columns
from recommender.customers.lines import GUEST, PURCHASE
from recommender.customers.packing import pack
from recommender.engine.projection import BATCH, Projector, batches
from recommender.errors import StateUnavailableError
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
from recommender.storage.state_layout import VersionedState
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId, UInt32Array

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
        rebuilt = Rebuilt.of(self.log, self.projector, known)
        done = written = 0
        for batch in batches(rebuilt.states(), _BATCH):
            written += self.store.write(batch, marker=marker)
            done += len(batch)
            if progress is not None:
                progress(done, len(rebuilt))
        self._release(rebuilt.missing(known), marker)
        if not self.store.begin_epoch(health.run_id, head):
            raise StateUnavailableError("the state server was restarted meanwhile", remedy="run it again")
        return written

    def _release(self, missing: Iterator[CustomerId], marker: bytes) -> None:
        """Take the marker from customers without a state; the next reader folds them from the log."""
        for batch in batches(missing, _BATCH):
            self.store.release(batch, marker)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The states of everybody, on the way: ``plain`` come from columns, ``singly`` from their events."""

    projector: Projector
    logged: LoggedLines
    singly: Mapping[CustomerId, int]

    @classmethod
    def of(cls, log: EventLog, projector: Projector, known: Mapping[CustomerId, int]) -> "Rebuilt":
        """Read the orders of the log, and find out who has more than plain orders.

        Parameters
        ----------
        known
            Customers with a version; of others nothing is rebuilt but plain orders.
        """
        logged = log.order_lines()
        # Asked after the orders were read: who is not among these had nothing but orders at that moment.
        beyond = log.customers_beyond_orders()
        asked = beyond | logged.with_own_lines | _buyers(logged, projector.planned.sorted_numbers())
        versions = dict(zip(logged.customer_ids, logged.customer_versions.tolist(), strict=True))
        singly = {who: known.get(who, versions.get(who, 0)) for who in asked}
        return cls(projector, logged, {who: version for who, version in singly.items() if version > 0})

    def __len__(self) -> int:
        return len(self.singly) + sum(who not in self.singly for who in self.logged.customer_ids)

    def states(self) -> Iterator[VersionedState]:
        """Yield every state, packed."""
        one_by_one = batches(sorted(self.singly.items()), BATCH)
        folded = (self.projector.fold_many(dict(batch)) for batch in one_by_one)
        return chain(_plain_states(self.logged, self.singly.keys()), chain.from_iterable(folded))

    def missing(self, known: Mapping[CustomerId, int]) -> Iterator[CustomerId]:
        """Yield those of ``known`` who have no state here."""
        bought = set(self.logged.customer_ids)
        return (who for who in known if who not in bought and who not in self.singly)


def _buyers(logged: LoggedLines, planned: UInt32Array) -> set[CustomerId]:
    """Return who bought one of these items."""
    lines = logged.lines
    if planned.size == 0:
        return set()
    is_asked = (lines.kind == PURCHASE) & (lines.customer != GUEST) & np.isin(lines.number, planned)
    return {logged.customer_ids[code] for code in np.unique(lines.customer[is_asked]).tolist()}


def _plain_states(logged: LoggedLines, without: Set[CustomerId]) -> Iterator[VersionedState]:
    folded = fold_columns(logged.lines, logged.customer_ids, logged.customer_versions)
    for index, customer_id in enumerate(logged.customer_ids):
        if customer_id not in without:
            state = folded.state(index)
            yield customer_id, state.version, pack(state)
