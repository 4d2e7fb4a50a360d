"""Loading much at once, and recreating every state."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.engine.bulk import MANY
from recommender.engine.engine import Engine
from recommender.errors import StateUnavailableError
from recommender.events.vocabulary import AnyEvent, View
from recommender.types import CustomerId
from tests.recommender.engine.shops import ANN, NOON, buy, open_engine, order, owned, read, wait_until_trusted
from tests.valkey import Valkey

Workers = tuple[Engine, Engine]


@pytest.mark.parametrize("customers", [0, 1, MANY + 5])
def test_what_was_loaded_in_bulk_is_known_to_the_other_worker(workers: Workers, customers: int) -> None:
    first, second = workers
    count = first.append_bulk(order(f"c{number}", f"o{number}", "mug") for number in range(customers))
    assert count.accepted == customers
    assert not first.log.pending()
    wait_until_trusted(first, second)
    for number in range(0, customers, 251):
        assert owned(second, CustomerId(f"c{number}")) == {"mug"}


def test_loading_again_changes_nothing(workers: Workers) -> None:
    first, _ = workers
    orders = [order(ANN, f"o{number}", "mug") for number in range(10)]
    first.append_bulk(orders)
    count = first.append_bulk(orders)
    assert (count.accepted, count.duplicates) == (0, 10)
    assert read(first).orders == 10


def test_a_load_while_the_state_server_is_dead_is_answered_from_the_log(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    valkey.kill()
    first.append_bulk([order(ANN, "2", "pot")])
    assert owned(second) == {"mug", "pot"}
    valkey.start()
    assert owned(second) == {"mug", "pot"}
    wait_until_trusted(first, second)
    assert owned(second) == {"mug", "pot"}


def test_a_worker_answers_from_the_log_while_a_load_is_running(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug")
    seen: list[bool] = []

    def source() -> Iterator[AnyEvent]:
        yield order(ANN, "2", "pot")
        seen.append(second.state_is_trusted)
        seen.append(second.tend())
        yield order(ANN, "3", "lamp")

    first.append_bulk(source())
    assert seen == [False, False]
    assert owned(second) == {"mug", "pot", "lamp"}


def test_a_rebuild_recreates_every_state_and_reports_progress(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    for number in range(7):
        buy(first, f"o{number}", "mug", f"i{number}", customer_id=f"c{number}")
    first.append([View(source="shop", event_id="v", occurred_at=NOON, customer_id=ANN, item_id="mug")])
    everybody = [ANN, *(CustomerId(f"c{number}") for number in range(7))]
    before = [read(second, who) for who in everybody]
    valkey.command("FLUSHALL")
    steps: list[tuple[int, int]] = []
    assert first.rebuild(lambda done, total: steps.append((done, total))) == 8
    assert steps == [(8, 8)]
    first.log.close()  # from here on only the state store can answer
    assert [read(second, who) for who in everybody] == before
    assert before[0].dealings.last_seen_s == NOON.timestamp()


def test_a_rebuild_of_nothing_makes_the_store_trusted(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    assert engine.rebuild() == 0
    assert read(engine).version == 0
    engine.close()


def test_a_rebuild_without_a_server_says_so(workers: Workers, valkey: Valkey) -> None:
    valkey.kill()
    with pytest.raises(StateUnavailableError):
        workers[0].rebuild()


def test_purchases_during_a_rebuild_are_kept(workers: Workers) -> None:
    first, second = workers
    for number in range(5):
        buy(first, f"o{number}", "mug", customer_id=f"c{number}")

    def buy_meanwhile(done: int, total: int) -> None:
        buy(second, f"late-{done}-of-{total}", "pot", customer_id="c0")

    first.rebuild(buy_meanwhile)
    assert owned(first, CustomerId("c0")) == {"mug", "pot"}
    wait_until_trusted(first, second)
    assert owned(second, CustomerId("c0")) == {"mug", "pot"}
