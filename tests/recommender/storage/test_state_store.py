"""The state store against a real server: nothing older ever comes back, and doubt is never hidden."""

import asyncio
import shutil
import time
from collections.abc import Iterator

import pytest

from recommender.errors import StateUnavailableError
from recommender.storage.state_layout import StateRead
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId
from tests.valkey import Valkey

ANN = CustomerId("ann")
BEN = CustomerId("ben")


@pytest.fixture
def server() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.close()


@pytest.fixture
def store(server: Valkey) -> Iterator[StateStore]:
    store = StateStore.open(server.url, namespace="shop")
    assert store.begin_epoch(store.health().run_id, 0)
    yield store
    store.close()


def read(store: StateStore, customer_id: CustomerId) -> StateRead:
    async def once() -> StateRead:
        try:
            return await store.read(customer_id)
        finally:
            await store.aclose()

    return asyncio.run(once())


def packed(store: StateStore, customer_id: CustomerId = ANN) -> bytes | None:
    found = read(store, customer_id)
    assert found.trusted
    return None if found.packed is None else bytes(found.packed)


def put(store: StateStore, version: int, body: bytes, customer_id: CustomerId = ANN) -> None:
    marker = store.mark_pending([customer_id])
    store.write([(customer_id, version, body)], marker=marker)


def test_a_state_is_read_back_as_it_was_written(store: StateStore) -> None:
    put(store, 3, b"three")
    assert packed(store) == b"three"


def test_a_customer_who_was_never_written_is_missing_and_that_is_trusted(store: StateStore) -> None:
    assert packed(store) is None


def test_nothing_is_trusted_before_the_epoch_begins(server: Valkey) -> None:
    store = StateStore.open(server.url, namespace="shop")
    put(store, 3, b"three")
    assert not read(store, ANN).trusted
    store.close()


def test_an_older_state_never_replaces_a_newer_one(store: StateStore) -> None:
    put(store, 5, b"five")
    assert store.write([(ANN, 4, b"four")]) == 0
    assert packed(store) == b"five"


def test_a_newer_state_replaces_an_older_one_without_a_marker(store: StateStore) -> None:
    put(store, 2**40, b"old")
    assert store.write([(ANN, 2**40 + 1, b"new")]) == 1
    assert packed(store) == b"new"


def test_a_write_never_fills_a_place_that_was_emptied_meanwhile(server: Valkey, store: StateStore) -> None:
    marker = store.mark_pending([ANN])
    server.command("FLUSHALL")
    assert store.write([(ANN, 9, b"nine")], marker=marker) == 0
    assert store.write([(ANN, 9, b"nine")]) == 0


def test_of_two_writers_that_overlap_neither_leaves_a_state(store: StateStore) -> None:
    first, second = store.mark_pending([ANN]), store.mark_pending([ANN])
    assert store.write([(ANN, 1, b"one")], marker=first) == 0
    assert store.write([(ANN, 2, b"two")], marker=second) == 0
    assert packed(store) is None


def test_a_marked_customer_is_not_trusted_and_says_since_when(store: StateStore) -> None:
    put(store, 1, b"one")
    before = time.time_ns() // 1_000_000
    store.mark_pending([ANN])
    found = read(store, ANN)
    assert not found.trusted
    assert found.packed is None
    assert found.pending_ms is not None
    assert before <= found.pending_ms <= time.time_ns() // 1_000_000


def test_a_released_marker_leaves_nothing_behind(store: StateStore) -> None:
    marker = store.mark_pending([ANN, BEN])
    newer = store.mark_pending([BEN])
    store.release([ANN, BEN], marker)
    assert packed(store, ANN) is None
    assert not read(store, BEN).trusted
    store.release([BEN], newer)
    assert packed(store, BEN) is None


def test_a_lease_is_given_only_where_nothing_is(store: StateStore) -> None:
    marker = store.lease(ANN)
    assert marker is not None
    assert store.lease(ANN) is None
    assert store.write([(ANN, 1, b"one")], marker=marker) == 1
    assert store.lease(ANN) is None


def test_an_unknown_customer_is_remembered_for_a_while_only(server: Valkey, store: StateStore) -> None:
    put(store, 0, b"nobody")
    assert packed(store) == b"nobody"
    assert 0 < server.command("TTL", store.keys.customer(ANN)) <= 600
    put(store, 1, b"somebody")
    assert server.command("TTL", store.keys.customer(ANN)) == -1


@pytest.mark.parametrize("count", [0, 1, 501])
def test_many_customers_are_marked_and_written_together(store: StateStore, count: int) -> None:
    customers = [CustomerId(f"c{number}") for number in range(count)]
    marker = store.mark_pending(customers)
    assert store.write([(customer_id, 1, b"x") for customer_id in customers], marker=marker) == count


def test_an_epoch_begins_only_on_the_server_it_names(server: Valkey) -> None:
    store = StateStore.open(server.url, namespace="shop")
    assert not store.begin_epoch("0" * 40, 7)
    assert store.health().epoch is None
    assert store.checkpoint() is None
    store.close()


def test_a_checkpoint_is_noted_only_within_its_epoch(server: Valkey, store: StateStore) -> None:
    run_id = store.health().run_id
    assert store.set_checkpoint(run_id, 41)
    assert store.checkpoint() == 41
    server.command("DEL", store.keys.epoch)
    assert not store.set_checkpoint(run_id, 42)
    assert store.checkpoint() == 41


def test_a_restarted_server_is_not_believed_although_its_data_survived(
    server: Valkey, store: StateStore
) -> None:
    put(store, 1, b"one")
    before = store.health()
    server.kill()
    server.start()
    after = store.health()
    assert after.epoch == before.epoch
    assert not after.current
    assert not read(store, ANN).trusted


def test_a_connection_that_survives_its_server_does_not_believe_the_next_one(
    server: Valkey, store: StateStore
) -> None:
    put(store, 1, b"one")

    async def across_a_restart() -> list[bool]:
        trusted = [(await store.read(ANN)).trusted]
        server.kill()
        server.start()
        deadline = time.monotonic() + 10
        while len(trusted) < 2 and time.monotonic() < deadline:
            try:
                trusted.append((await store.read(ANN)).trusted)
            except StateUnavailableError:
                await asyncio.sleep(0.05)
        await store.aclose()
        return trusted

    assert asyncio.run(across_a_restart()) == [True, False]


def test_a_flushed_server_is_not_believed(server: Valkey, store: StateStore) -> None:
    put(store, 1, b"one")
    server.command("FLUSHALL")
    assert not read(store, ANN).trusted


def test_an_evicted_state_is_missing_and_an_evicted_epoch_is_doubt(server: Valkey, store: StateStore) -> None:
    put(store, 1, b"one")
    server.command("DEL", store.keys.customer(ANN))
    assert packed(store) is None
    put(store, 1, b"one")
    server.command("DEL", store.keys.epoch)
    assert not read(store, ANN).trusted


def test_a_server_that_refuses_writes_says_so(server: Valkey, store: StateStore) -> None:
    put(store, 1, b"one")
    server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StateUnavailableError, match="its memory is full; raise maxmemory"):
        store.mark_pending([ANN])
    with pytest.raises(StateUnavailableError, match="its memory is full; raise maxmemory"):
        store.write([(ANN, 2, b"two")])
    assert packed(store) == b"one"


def test_a_server_that_is_away_is_unavailable_and_is_asked_again_later(
    server: Valkey, store: StateStore
) -> None:
    put(store, 1, b"one")
    server.kill()
    with pytest.raises(StateUnavailableError):
        read(store, ANN)
    with pytest.raises(StateUnavailableError):
        store.mark_pending([ANN])
    server.start()
    assert store.health().run_id
    store.mark_pending([ANN])


def test_a_server_that_hangs_costs_a_reader_no_more_than_the_timeout(
    server: Valkey, store: StateStore
) -> None:
    server.freeze()
    started = time.monotonic()
    with pytest.raises(StateUnavailableError):
        read(store, ANN)
    with pytest.raises(StateUnavailableError):
        read(store, ANN)
    assert time.monotonic() - started < 2.0
    server.thaw()


def test_only_one_worker_recovers_at_a_time(store: StateStore) -> None:
    run_id = store.health().run_id
    with store.recovery_lock(run_id) as mine:
        assert mine is not None
        assert mine()
        with store.recovery_lock(run_id) as theirs:
            assert theirs is None
        assert mine()
    with store.recovery_lock(run_id) as free:
        assert free is not None


def test_two_namespaces_on_one_server_never_meet(server: Valkey, store: StateStore) -> None:
    other = StateStore.open(server.url, namespace="shop[1]*")
    other.begin_epoch(other.health().run_id, 0)
    put(store, 1, b"mine")
    put(other, 1, b"theirs")
    other.forget_all()
    assert packed(store) == b"mine"
    assert packed(other) is None
    other.close()


def test_scripts_survive_a_server_that_forgot_them(server: Valkey, store: StateStore) -> None:
    put(store, 1, b"one")
    server.command("SCRIPT", "FLUSH")
    put(store, 2, b"two")
    assert packed(store) == b"two"


def test_a_server_whose_disk_fails_is_explained(server: Valkey, store: StateStore) -> None:
    server.command("CONFIG", "SET", "save", "3600 1")
    shutil.rmtree(server.data)  # a snapshot cannot be written any more, and the server then refuses writes
    server.command("BGSAVE")
    deadline = time.monotonic() + 60
    while server.command("INFO", "persistence")["rdb_last_bgsave_status"] != "err":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with pytest.raises(StateUnavailableError) as refused:
        store.mark_pending([ANN])
    assert str(refused.value) == (
        "the state store could not mark customers: its disk is full or failing; free some space, or read the server's log"
    )
