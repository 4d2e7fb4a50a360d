"""Bringing the state store up to date with the log.

Always in the order *mark, read the log, write*: with it, no interleaving of writers, readers, evictions and flushes can
leave an older state behind (:mod:`recommender.storage.state_scripts` has the argument). States are folded
anew from the log, which is right for late, repeated and out-of-order events alike.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from recommender.customers.folding import fold
from recommender.customers.packing import pack
from recommender.customers.state import CustomerState
from recommender.engine.planned import PlannedItems, no_items
from recommender.errors import StateUnavailableError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog
from recommender.storage.numbers import NumbersOnce
from recommender.storage.state_layout import VersionedState
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId, ItemNumber

BATCH = 200
_T = TypeVar("_T")


class LogFolds:
    """Folds customers from the log; what only reads needs no state store.

    Parameters
    ----------
    planned_items
        Returns the items that service plans are about, cheaply; another object whenever they have changed; None without a
        playbook.
    """

    def __init__(
        self, log: EventLog, planned_items: Callable[[], Collection[ItemNumber] | None] = no_items
    ) -> None:
        self.log = log
        self.planned = PlannedItems(planned_items)

    def states_of(
        self, versions: Mapping[CustomerId, int], *, until: datetime | None = None
    ) -> Iterator[tuple[CustomerId, CustomerState]]:
        """Yield customers with their states as of ``until`` (exclusive), or now.

        Now, each has the version that its events make, which may be a newer one than was asked for: a state never knows
        more than its version says, so that decisions made from it can be replayed. Subjects of one person share one state.
        """
        histories = self.log.histories_of(list(versions), until=until)
        numbers, unit_items = NumbersOnce(self.log.numbers), self.planned.numbers()
        times = Counter(id(one.events) for one in histories.values())
        shared: dict[tuple[int, int], CustomerState] = {}
        for customer_id, version in versions.items():
            own = histories[customer_id]
            known = own.version if until is None else version
            place = id(own.events), known
            state = shared.get(place)
            if state is None:
                state = fold(own.events, numbers, known, unit_items=unit_items)
                if times[place[0]] > 1:
                    shared[place] = state
            yield customer_id, state

    def fold(self, events: Iterable[AnyEvent], version: int) -> CustomerState:
        """Fold the events of one customer, telling units of planned items apart."""
        return fold(events, NumbersOnce(self.log.numbers), version, unit_items=self.planned.numbers())


class Projector(LogFolds):
    """Folds customers from the log and writes them into the state store.

    Parameters
    ----------
    planned_items
        Returns the items that service plans are about, cheaply; another object whenever they have changed; None without a
        playbook.
    """

    def __init__(
        self,
        log: EventLog,
        store: StateStore,
        planned_items: Callable[[], Collection[ItemNumber] | None] = no_items,
    ) -> None:
        super().__init__(log, planned_items)
        self._store = store

    def project(self, pairs: Iterable[tuple[CustomerId, int]]) -> Iterator[int]:
        """Project customers with the versions they have at least; yields the size of each batch when it is done.

        Raises
        ------
        StateUnavailableError
            The store cannot be written; the remaining customers keep what they have.
        """
        for batch in batches(pairs, BATCH):
            versions = dict(batch)
            marker = self._store.mark_pending(list(versions))
            folded = self.fold_many(versions)
            self._store.write([one for one in folded if one[1] > 0], marker=marker)
            # Of whom the log knows nothing any more nothing is kept, not even that.
            self._store.release([who for who, version, _ in folded if version == 0], marker)
            yield len(batch)

    def fold_many(self, versions: Mapping[CustomerId, int]) -> list[VersionedState]:
        """Return the packed states of customers; a version must not be newer than the log is when this is called."""
        folded: list[VersionedState] = []
        packed: dict[int, bytes] = {}
        states = list(self.states_of(versions))
        for customer_id, state in states:
            if id(state) not in packed:
                packed[id(state)] = pack(state)
            folded.append((customer_id, state.version, packed[id(state)]))
        return folded

    def from_log(self, customer_id: CustomerId) -> CustomerState:
        """Return the state of one customer by folding their events now."""
        history = self.log.histories_of([customer_id])[customer_id]
        return self.fold(history.events, history.version) if history.version else CustomerState.empty()

    def fill(self, customer_id: CustomerId) -> CustomerState:
        """Return the state of one customer of whom the store holds nothing, and try to leave it there.

        Also for a customer whom the log does not know, so that the next question about them is cheap.
        """
        try:
            marker = self._store.lease(customer_id)
            state = self.from_log(customer_id)
            if marker is not None:
                self._store.write([(customer_id, state.version, pack(state))], marker=marker)
        except StateUnavailableError:
            return self.from_log(customer_id)
        return state

    def refresh(self, customer_id: CustomerId) -> CustomerState:
        """Return the state of one customer from the log, and try to replace an abandoned marker or an old state by it."""
        try:
            marker = self._store.mark_pending([customer_id])
            state = self.from_log(customer_id)
            self._store.write([(customer_id, state.version, pack(state))], marker=marker)
        except StateUnavailableError:
            return self.from_log(customer_id)
        return state


def batches(rows: Iterable[_T], size: int) -> Iterator[Sequence[_T]]:
    """Yield lists of at most ``size`` rows, in order.

    Examples
    --------
    >>> list(batches("abc", 2))
    [['a', 'b'], ['c']]
    """
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
