"""Whatever the order in which writers, readers and evictions interleave, no acknowledged version is hidden.

The log is a number here: a commit makes it one larger, a fold is a look at it. The store is a real server.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recommender.storage.state_layout import HEADER_BYTES, encode_state
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


class ErasingWorld(World):
    """The same customer, whom somebody erases meanwhile: from then on the log knows nothing of them."""

    def __init__(self, store: StateStore) -> None:
        super().__init__(store)
        self.is_erased = False
        self.is_gone = False

    def eraser(self) -> Iterator[None]:
        """Mark, commit, mark, release, acknowledge."""
        self.store.mark_pending([ANN])
        yield
        self.is_erased = True
        yield
        marker = self.store.mark_pending([ANN])
        yield
        self.store.release([ANN], marker)
        self.is_gone = True

    def writer(self) -> Iterator[None]:
        """Mark, read the log, write; stalled wherever it likes."""
        marker = self.store.mark_pending([ANN])
        yield
        seen = 0 if self.is_erased else 7
        yield
        self.store.write([(ANN, seen, b"")], marker=marker)

    def reader(self) -> Iterator[None]:
        """What a reader does who finds nothing: lease, read the log, write, also that nobody is known."""
        marker = self.store.lease(ANN)
        yield
        seen = 0 if self.is_erased else 7
        yield
        if marker is not None:
            self.store.write([(ANN, seen, b"")], marker=marker)


STALLED = [(1, 2), (0, 4), (2, 3), (1, 1)]
"""A writer who read the log before the erasure, and writes after a reader has noted that nobody is known."""


@example(actors=["writer", "reader"], schedule=STALLED)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    actors=st.lists(st.sampled_from(["writer", "reader"]), min_size=2, max_size=3),
    schedule=st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, EVICTION]), st.integers(1, 4)), max_size=10),
)
def test_no_interleaving_brings_an_erased_customer_back(
    server: Valkey, store: StateStore, actors: list[str], schedule: list[tuple[int, int]]
) -> None:
    server.command("FLUSHALL")
    world = ErasingWorld(store)
    running = [getattr(world, actor)() for actor in ["eraser", *actors]]
    key = store.keys.customer(ANN)
    client = server.client()
    client.set(key, encode_state(7, b""))
    for turn in [turn for who, steps in schedule for turn in [who] * steps] + [0, 1, 2, 3] * 4:
        if turn == EVICTION:
            client.delete(key)
        elif turn < len(running):
            next(running[turn], None)
        value = client.get(key)
        if world.is_gone and value is not None and value[:1] == b"S":
            assert int.from_bytes(value[8:HEADER_BYTES], "big") == 0
    client.close()
