"""An acknowledged purchase is known to the next answer on every worker, whatever the state server does."""

import asyncio
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.engine.engine import Engine
from recommender.errors import EventConflictError, InvalidEventError, UnavailableError
from recommender.events.vocabulary import Return, ReturnLine
from recommender.types import CustomerId
from tests.recommender.engine.shops import (
    ANN,
    BEN,
    NOON,
    buy,
    close_all,
    open_engine,
    order,
    owned,
    read,
    wait_until,
    wait_until_trusted,
)
from tests.servers import start_postgres
from tests.valkey import Valkey

Workers = tuple[Engine, Engine]


def test_a_purchase_on_one_worker_is_known_on_the_other(workers: Workers) -> None:
    first, second = workers
    assert buy(first, "1", "mug")
    assert owned(second) == {"mug"}
    assert buy(second, "2", "pot")
    assert owned(first) == {"mug", "pot"}


def test_the_second_answer_comes_from_the_state_store(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    read(second)
    before = valkey.command("INFO", "stats")["keyspace_hits"]
    first.log.close()  # from here on the log cannot answer
    assert read(second).orders == 1
    assert valkey.command("INFO", "stats")["keyspace_hits"] > before


def test_an_unknown_customer_has_an_empty_state_until_the_first_purchase(workers: Workers) -> None:
    first, second = workers
    assert read(second, BEN).version == 0
    assert read(second, BEN).version == 0
    buy(first, "1", "mug", customer_id=BEN)
    assert owned(second, BEN) == {"mug"}


def test_a_returned_item_is_no_longer_owned(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug", "pot")
    back = Return(
        source="shop", event_id="r", occurred_at=NOON, customer_id=ANN, lines=(ReturnLine(item_id="mug"),)
    )
    first.append([back])
    assert owned(second) == {"pot"}


def test_a_repeated_purchase_changes_nothing_and_is_still_known(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug")
    (again,) = first.append([order(ANN, "1", "mug")])
    assert (again.status, again.projected, again.version) == ("duplicate", True, 1)
    assert owned(second) == {"mug"}


def test_an_atomic_append_with_a_conflict_writes_nothing_and_leaves_the_customers_readable(
    workers: Workers,
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    with pytest.raises(EventConflictError):
        first.append([order(BEN, "2", "pot"), order(ANN, "1", "lamp")], atomic=True)
    assert owned(second) == {"mug"}
    assert read(second, BEN).version == 0


def test_an_invalid_event_stops_the_whole_append(workers: Workers) -> None:
    first, _ = workers
    with pytest.raises(InvalidEventError):
        first.append([order(BEN, "1", "pot"), order(ANN, "\0", "mug")])
    assert first.log.head() == 0


def test_a_guest_order_is_accepted_and_there_is_nothing_to_project(workers: Workers) -> None:
    (result,) = workers[0].append([order(None, "1", "mug")])
    assert (result.status, result.customer_id, result.projected) == ("accepted", None, True)


def test_no_events_are_an_empty_answer(workers: Workers) -> None:
    assert workers[0].append([]) == ()


def test_a_closed_engine_refuses_appends(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    engine.close()
    with pytest.raises(UnavailableError, match="closed"):
        engine.append([order(ANN, "1", "mug")])


def test_a_caller_who_gives_up_does_not_stop_the_projection(workers: Workers) -> None:
    first, second = workers

    async def give_up() -> None:
        task = asyncio.create_task(first.append_async([order(ANN, "1", "mug")]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    wait_until(lambda: owned(second) == {"mug"})
    wait_until(lambda: not first.log.pending())


def test_a_purchase_is_known_while_the_server_is_dead_and_after_it_is_back(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    assert buy(first, "1", "mug")
    valkey.kill()
    assert not buy(first, "2", "pot")
    assert owned(second) == {"mug", "pot"}
    valkey.start()
    assert owned(second) == {"mug", "pot"}
    wait_until_trusted(first, second)
    assert owned(second) == {"mug", "pot"}
    assert buy(first, "3", "lamp")


def test_a_server_that_comes_back_with_an_older_file_is_never_believed(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    older = valkey.copy_data()
    buy(first, "2", "pot")
    valkey.kill()
    valkey.replace_data(older)
    valkey.start()
    for _ in range(50):
        assert owned(second) == {"mug", "pot"}
        assert owned(first) == {"mug", "pot"}
    wait_until_trusted(first, second)
    assert owned(second) == {"mug", "pot"}
    assert not first.log.pending()


def test_a_purchase_made_while_an_older_file_was_put_back_is_known(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    older = valkey.copy_data()
    valkey.kill()
    assert not buy(first, "2", "pot")
    valkey.replace_data(older)
    valkey.start()
    for _ in range(50):
        assert owned(second) == {"mug", "pot"}
    wait_until_trusted(first, second)
    assert owned(first) == {"mug", "pot"}


def test_a_flushed_server_costs_nothing_but_time(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    valkey.command("FLUSHALL")
    assert owned(second) == {"mug"}
    assert buy(second, "2", "pot")
    wait_until_trusted(first, second)
    assert owned(first) == {"mug", "pot"}


def test_an_evicted_state_is_folded_again_and_written_back(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    key = first._parts.store.keys.customer(ANN)
    valkey.command("DEL", key)
    assert owned(second) == {"mug"}
    assert valkey.command("GET", key)[:1] == b"S"


@pytest.mark.parametrize("setting", [("maxmemory", "1"), ("min-replicas-to-write", "1")])
def test_a_server_that_refuses_writes_makes_no_worker_stale(
    workers: Workers, valkey: Valkey, setting: tuple[str, str]
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    assert owned(second) == {"mug"}
    valkey.command("CONFIG", "SET", *setting)
    assert not buy(first, "2", "pot")
    assert owned(second) == {"mug", "pot"}
    valkey.command("CONFIG", "SET", setting[0], "0")
    wait_until_trusted(first, second)
    assert owned(second) == {"mug", "pot"}


def test_a_server_that_hangs_delays_but_makes_no_worker_stale(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    valkey.freeze()
    assert not buy(first, "2", "pot")
    assert owned(second) == {"mug", "pot"}
    valkey.thaw()
    wait_until_trusted(first, second)
    assert owned(second) == {"mug", "pot"}


COMMIT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from recommender.storage.log import EventLog
from recommender.engine.home import Home
from tests.recommender.engine.shops import order
log = EventLog.open(Home.at(Path(sys.argv[1])).log_url)
log.append([order("ann", "crash", "lamp")])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_worker_committed_before_it_was_killed_is_projected_by_the_others(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug")
    home = str(first.home.root)
    died = subprocess.run([sys.executable, "-c", COMMIT_AND_DIE, home], check=False)
    assert died.returncode == -9
    wait_until(lambda: owned(second) == {"mug", "lamp"}, seconds=10)
    wait_until(lambda: not first.log.pending())


MARK_AND_DIE = """
import os, signal, sys
from recommender.storage.state_store import StateStore
StateStore.open(sys.argv[1], namespace=sys.argv[2]).mark_pending(["ann"])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_marker_that_a_killed_worker_left_is_replaced_by_and_by(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    keys = first._parts.store.keys
    subprocess.run([sys.executable, "-c", MARK_AND_DIE, valkey.url, keys.namespace], check=False)
    assert valkey.command("GET", keys.customer(ANN))[:1] == b"M"
    assert owned(second) == {"mug"}
    wait_until(lambda: owned(second) == {"mug"} and valkey.command("GET", keys.customer(ANN))[:1] == b"S")


def test_many_threads_on_two_workers_never_miss_their_own_purchase(workers: Workers, valkey: Valkey) -> None:
    failures: list[str] = []

    def shop(number: int) -> None:
        rng = random.Random(number)
        mine: set[str] = set()
        for turn in range(12):
            customer = CustomerId(f"c{number % 3}")
            item = f"{number}-{turn}"
            buy(rng.choice(workers), item, item, customer_id=customer)
            mine.add(item)
            missing = mine - owned(rng.choice(workers), customer)
            if missing:
                failures.append(f"{customer} misses {missing}")
            if rng.random() < 0.2:
                valkey.command("DEL", workers[0]._parts.store.keys.customer(customer))

    threads = [threading.Thread(target=shop, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number in range(3):
        customer = CustomerId(f"c{number}")
        assert read(workers[0], customer).orders == read(workers[1], customer).orders == 24


@pytest.fixture
def postgres_workers(tmp_path: Path, valkey: Valkey) -> Iterator[Workers]:
    """Two workers of two machines: homes of their own, one PostgreSQL and one state server between them."""
    server = start_postgres()
    url = server.fresh_database()
    engines = (open_engine(tmp_path / "a", valkey.url, url), open_engine(tmp_path / "b", valkey.url, url))
    wait_until_trusted(*engines)
    yield engines
    close_all(engines)
    server.stop()


def test_two_machines_share_one_log_and_one_state_server(postgres_workers: Workers, valkey: Valkey) -> None:
    first, second = postgres_workers
    assert buy(first, "1", "mug")
    assert owned(second) == {"mug"}
    valkey.command("FLUSHALL")
    assert buy(second, "2", "pot")
    assert owned(first) == {"mug", "pot"}
    valkey.kill()
    assert not buy(first, "3", "lamp")
    valkey.start()
    assert owned(second) == {"mug", "pot", "lamp"}
    wait_until_trusted(first, second)
    assert owned(second) == {"mug", "pot", "lamp"}


def test_a_log_that_cannot_be_written_acknowledges_nothing_and_leaves_states_readable(
    workers: Workers,
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    first.log.close()
    with pytest.raises(UnavailableError):
        first.append([order(ANN, "2", "pot")])
    assert owned(second) == {"mug"}
