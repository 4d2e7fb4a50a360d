"""The store becomes trustworthy again by itself, in one worker at a time, and from its own checkpoint."""

from pathlib import Path

from recommender.engine.ahead import LogAhead
from recommender.engine.bulk_guard import BulkGuard
from recommender.engine.engine import Engine
from recommender.engine.projection import Projector
from recommender.engine.recovery import Recovery
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore
from tests.recommender.engine.shops import (
    ANN,
    BEN,
    buy,
    open_engine,
    order,
    owned,
    wait_until,
    wait_until_trusted,
)
from tests.valkey import Valkey

Workers = tuple[Engine, Engine]


class Bench:
    """A recovery without an engine around it, so that nothing happens by itself."""

    def __init__(self, folder: Path, valkey: Valkey) -> None:
        self.log = EventLog.open(f"sqlite:///{folder}/log.sqlite")
        self.store = StateStore.open(valkey.url, namespace="bench")
        self.ahead = LogAhead.open(folder / "ahead")
        self.projector = Projector(self.log, self.store)
        self.guard = BulkGuard(folder / "bulk.lock")
        self.recovery = self.another()

    def another(self) -> Recovery:
        return Recovery(self.log, self.store, self.projector, self.ahead, self.guard)

    def close(self) -> None:
        self.log.close()
        self.store.close()
        self.ahead.close()


def test_a_fresh_store_is_trusted_after_one_round(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    assert not bench.store.health().current
    assert bench.recovery.tend()
    assert bench.store.health().current
    assert bench.store.checkpoint() == 0
    bench.close()


def test_a_restart_projects_what_came_after_the_checkpoint_only(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    bench.log.append([order(ANN, "1", "mug")])
    assert bench.recovery.tend()
    valkey.command("DEL", bench.store.keys.customer(ANN))
    bench.log.append([order(BEN, "2", "pot")])
    valkey.kill()
    valkey.start()
    assert bench.recovery.tend()
    assert bench.store.checkpoint() == 2
    # Ann came before the checkpoint: whatever the store held of her was right, also that it held nothing.
    assert valkey.command("EXISTS", bench.store.keys.customer(ANN)) == 0
    assert valkey.command("EXISTS", bench.store.keys.customer(BEN)) == 1
    assert not bench.log.pending()
    bench.close()


def test_rows_that_another_worker_left_are_projected_in_the_second_round(
    tmp_path: Path, valkey: Valkey
) -> None:
    bench = Bench(tmp_path, valkey)
    assert bench.recovery.tend()
    bench.log.append([order(ANN, "1", "mug")])
    assert bench.recovery.tend()
    assert bench.log.pending() == [(ANN, 1)]
    assert bench.recovery.tend()
    assert bench.log.pending() == []
    bench.close()


def test_a_raised_mark_is_settled_when_everything_is_projected(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    assert bench.recovery.tend()
    bench.log.append([order(ANN, "1", "mug")])
    bench.ahead.raise_mark()
    other_process = LogAhead.open(tmp_path / "ahead")
    assert not other_process.is_clear()
    assert bench.recovery.tend()
    assert other_process.is_clear()
    assert bench.log.pending() == []
    other_process.close()
    bench.close()


def test_a_mark_that_is_raised_during_a_recovery_stays(tmp_path: Path) -> None:
    mark = LogAhead.open(tmp_path / "ahead")
    mark.raise_mark()
    seen = mark.raised()
    mark.raise_mark()
    mark.settle(seen)
    assert not mark.is_clear()
    mark.settle(mark.raised())
    assert mark.is_clear()
    mark.close()


def test_nobody_recovers_while_another_does(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    with bench.store.recovery_lock(bench.store.health().run_id):
        assert not bench.recovery.tend()
        assert not bench.store.health().current
    assert bench.recovery.tend()
    bench.close()


def test_nobody_recovers_during_a_bulk_load(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    with bench.guard.loading():
        assert not bench.recovery.tend()
    assert bench.recovery.tend()
    bench.close()


def test_a_store_that_knows_more_than_the_log_is_emptied(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    bench.log.append([order(ANN, "1", "mug")])
    assert bench.recovery.tend()
    for _ in bench.projector.project([(ANN, 1)]):
        continue
    assert bench.store.set_checkpoint(bench.store.health().run_id, 1_000)
    assert bench.recovery.tend()
    assert bench.store.checkpoint() == 1
    assert valkey.command("EXISTS", bench.store.keys.customer(ANN)) == 0
    bench.close()


def test_a_worker_that_starts_without_a_state_server_serves_and_recovers(
    tmp_path: Path, valkey: Valkey
) -> None:
    valkey.kill()
    engine = open_engine(tmp_path, valkey.url)
    assert not buy(engine, "1", "mug")
    assert owned(engine) == {"mug"}
    assert not engine.state_is_trusted
    valkey.start()
    wait_until(lambda: engine.state_is_trusted)
    assert owned(engine) == {"mug"}
    assert buy(engine, "2", "pot")
    engine.close()


def test_the_private_server_is_started_again_when_it_was_killed(tmp_path: Path) -> None:
    first, second = open_engine(tmp_path), open_engine(tmp_path)
    wait_until_trusted(first, second)
    assert buy(first, "1", "mug")
    private = first._parts.private
    assert private is not None
    private._kill()
    assert owned(second) == {"mug"}
    buy(first, "2", "pot")
    assert owned(second) == {"mug", "pot"}
    wait_until(lambda: first.state_is_trusted and second.state_is_trusted)
    assert owned(second) == {"mug", "pot"}
    first.close()
    assert private.is_running()
    second.close()
    assert not private.is_running()


def test_a_log_that_was_replaced_has_no_states_of_the_one_before(tmp_path: Path, valkey: Valkey) -> None:
    engine = open_engine(tmp_path, valkey.url)
    wait_until_trusted(engine)
    assert buy(engine, "1", "mug")
    engine.close()
    for file in tmp_path.glob("log.sqlite*"):
        file.unlink()
    engine = open_engine(tmp_path, valkey.url)
    wait_until_trusted(engine)
    assert owned(engine) == set()
    engine.close()
