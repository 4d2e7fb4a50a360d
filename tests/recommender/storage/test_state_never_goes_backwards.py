"""Whatever the order in which writers, readers and evictions interleave, no acknowledged version is hidden.

The log is a number here: a commit makes it one larger, a fold is a look at it. The store is a real server.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.storage.state_layout import HEADER_BYTES
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId
from tests.valkey import Valkey

ANN = CustomerId("ann")


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.close()


@pytest.fixture(scope="module")
def store(server: Valkey) -> Iterator[StateStore]:
    store = StateStore.open(server.url, namespace="shop")
    yield store
    store.close()


class World:
    """One customer, the newest committed version, and the newest one that was acknowledged."""

    def __init__(self, store: StateStore) -> None:
        self.store = store
        self.committed = 0
        self.acknowledged = 0

    def appender(self) -> Iterator[None]:
        """Mark, commit, fold, write, acknowledge: one step at a time."""
        marker = self.store.mark_pending([ANN])
        yield
        self.committed += 1
        mine = self.committed
        yield
        seen = self.committed
        yield
        self.store.write([(ANN, seen, b"")], marker=marker)
        self.acknowledged = max(self.acknowledged, mine)

    def late_appender(self) -> Iterator[None]:
        """Like an appender, but the server refused its mark before the commit."""
        self.committed += 1
        mine = self.committed
        yield
        yield from self.refresher()
        self.acknowledged = max(self.acknowledged, mine)

    def refresher(self) -> Iterator[None]:
        """What recovery does: mark, fold, write."""
        marker = self.store.mark_pending([ANN])
        yield
        seen = self.committed
        yield
        self.store.write([(ANN, seen, b"")], marker=marker)

    def filler(self) -> Iterator[None]:
        """What a reader does who finds nothing: lease, fold, write."""
        marker = self.store.lease(ANN)
        yield
        seen = self.committed
        yield
        if marker is not None:
            self.store.write([(ANN, seen, b"")], marker=marker)

    def refused(self) -> Iterator[None]:
        """An append that the log refused: mark, release."""
        marker = self.store.mark_pending([ANN])
        yield
        self.store.release([ANN], marker)


EVICTION = 9
ACTORS = ["appender", "appender", "late_appender", "refresher", "filler", "refused"]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    actors=st.lists(st.sampled_from(ACTORS), min_size=3, max_size=4),
    schedule=st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, EVICTION]), st.integers(1, 4)), max_size=8),
)
def test_no_interleaving_hides_an_acknowledged_version(
    server: Valkey, store: StateStore, actors: list[str], schedule: list[tuple[int, int]]
) -> None:
    server.command("FLUSHALL")
    world = World(store)
    running = [getattr(world, actor)() for actor in actors]
    key = store.keys.customer(ANN)
    client = server.client()
    for turn in [turn for who, steps in schedule for turn in [who] * steps] + [0, 1, 2, 3] * 4:
        if turn == EVICTION:
            client.delete(key)
        elif turn < len(running):
            next(running[turn], None)
        value = client.get(key)
        if value is not None and value[:1] == b"S":
            assert int.from_bytes(value[8:HEADER_BYTES], "big") >= world.acknowledged
    client.close()
