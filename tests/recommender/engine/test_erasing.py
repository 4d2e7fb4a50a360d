"""An erased customer is nobody to every worker at once, whatever the state store does meanwhile or comes back with."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.customers.packing import pack
from recommender.decisions.decision import Decision
from recommender.decisions.request import DecisionRequest
from recommender.engine.engine import Engine
from recommender.errors import CustomerErasedError, InvalidRequestError
from recommender.types import CustomerId
from tests.recommender.engine.shops import (
    ANN,
    BEN,
    LATER,
    buy,
    close_all,
    open_engine,
    order,
    owned,
    read,
    wait_until,
    wait_until_trusted,
)
from tests.recommender.engine.test_recovery import Bench
from tests.servers import start_postgres
from tests.valkey import Valkey

Workers = tuple[Engine, Engine]


def is_held(valkey: Valkey, engine: Engine, customer_id: CustomerId = ANN) -> bool:
    """Whether the state store has anything under a customer's name."""
    return bool(valkey.command("EXISTS", engine._parts.store.keys.customer(customer_id)))


def held(valkey: Valkey, engine: Engine) -> bytes | None:
    """Return what the state store has under Ann's name."""
    found: bytes | None = valkey.command("GET", engine._parts.store.keys.customer(ANN))
    return found


def decide(engine: Engine, customer_id: CustomerId = ANN) -> Decision:
    request = DecisionRequest(k=3)
    snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
    decision = engine.decide(read(engine, customer_id), request, snapshot, LATER, customer_id)
    engine.record(decision, request, customer_id)
    return decision


def test_every_worker_knows_nobody_at_once_and_the_store_holds_nothing(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    buy(first, "2", "pot", customer_id=BEN)
    assert (owned(first), owned(second), is_held(valkey, first)) == ({"mug"}, {"mug"}, True)
    erased = first.erase(ANN, "she asked")
    assert (erased.is_new, erased.projected, erased.erasure.events) == (True, True, 1)
    assert not is_held(valkey, first)
    assert first.log.pending() == []
    assert (read(second).version, read(first).version, owned(second)) == (0, 0, set())
    assert owned(second, BEN) == {"pot"}
    assert second.erase(ANN).erasure == erased.erasure


def test_a_store_that_is_away_is_told_when_it_comes_back_with_what_it_had(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    assert owned(second) == {"mug"}
    valkey.kill()
    assert not first.erase(ANN).projected
    assert (read(first).version, read(second).version) == (0, 0)
    valkey.start()
    for _ in range(30):
        assert (owned(second), owned(first)) == (set(), set())
    wait_until_trusted(first, second)
    assert (owned(second), read(first).version) == (set(), 0)
    wait_until(lambda: first.log.pending() == second.log.pending() == [])
    assert held(valkey, first) in (None, empty(first))


def empty(engine: Engine) -> bytes:
    """Return what the store holds for ten minutes of somebody who was asked for, and whom nobody knows."""
    return b"S" + bytes(15) + pack(engine.state_from_log(ANN))


def test_a_store_that_hangs_meanwhile_is_told_when_it_goes_on(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    valkey.freeze()
    try:
        assert not first.erase(ANN).projected
        assert (read(first).version, read(second).version) == (0, 0)
    finally:
        valkey.thaw()
    wait_until_trusted(first, second)
    assert (owned(second), owned(first)) == (set(), set())
    wait_until(lambda: not first.log.pending())


def test_a_store_that_comes_back_with_a_file_from_before_does_not_bring_them_back(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    buy(first, "1", "mug")
    older = valkey.copy_data()
    assert first.erase(ANN).projected
    valkey.kill()
    valkey.replace_data(older)
    valkey.start()
    assert is_held(valkey, first)
    for _ in range(30):
        assert owned(second) == set()
    wait_until_trusted(first, second)
    assert (owned(second), owned(first)) == (set(), set())
    assert held(valkey, first) in (None, empty(first))


def test_what_a_worker_that_died_left_to_do_is_done_by_another(tmp_path: Path, valkey: Valkey) -> None:
    bench = Bench(tmp_path, valkey)
    bench.log.append([order(ANN, "1", "mug")])
    assert bench.recovery.tend()
    for _ in bench.projector.project([(ANN, 1)]):
        continue
    key = bench.store.keys.customer(ANN)
    assert valkey.command("EXISTS", key) == 1
    bench.log.erasures.erase(ANN)  # and no more: its process died here
    assert bench.recovery.tend()
    assert bench.recovery.tend()
    assert (valkey.command("EXISTS", key), bench.log.pending()) == (0, [])
    bench.close()


def test_rebuilding_every_state_does_not_bring_them_back(workers: Workers, valkey: Valkey) -> None:
    first, second = workers
    buy(first, "1", "mug")
    buy(first, "2", "pot", customer_id=BEN)
    valkey.kill()
    first.erase(ANN)
    valkey.start()
    assert first.rebuild() == 1
    assert not is_held(valkey, first)
    assert (owned(second), owned(second, BEN)) == (set(), {"pot"})


def test_appends_and_decisions_of_other_workers_at_the_same_moment_leave_nothing(
    workers: Workers, valkey: Valkey
) -> None:
    first, second = workers
    buy(first, "0", "mug")
    names = count(1)

    def shop(engine: Engine) -> list[str]:
        events = [[order(ANN, str(next(names)), "mug")] for _ in range(40)]
        return [engine.append(one)[0].status for one in events]

    with ThreadPoolExecutor(5) as pool:
        shopping = [pool.submit(shop, engine) for engine in (first, second) * 2]
        decided = [decide(second).decision_id for _ in range(5)]
        erasing = pool.submit(first.erase, ANN)
        statuses = {status for job in shopping for status in job.result()}
        assert erasing.result().is_new
    assert statuses <= {"accepted", "suppressed"}
    assert (first.log.events_of(ANN), first.log.version_of(ANN)) == ([], 0)
    assert (owned(first), owned(second)) == (set(), set())
    second.receipts.flush()
    assert first.log.receipts(decided) == {}
    assert first.log.erasures.decisions(decided).keys() == set(decided)
    wait_until(lambda: not first.log.pending())
    wait_until(lambda: held(valkey, first) in (None, empty(first)))


def test_a_decision_that_waits_in_another_worker_is_kept_as_an_id_only(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug")
    late = decide(second).decision_id
    first.erase(ANN)
    second.receipts.flush()
    assert first.log.receipt(late) is None
    assert set(first.log.erasures.decisions([late])) == {late}


def test_no_contact_can_be_reserved_and_nothing_be_said_for_them(workers: Workers) -> None:
    first, _ = workers
    buy(first, "1", "mug")
    first.erase(ANN)
    snapshot = first.snapshot_for(first.popularity_fallback(LATER), FALLBACK)
    request = DecisionRequest(k=1, channel="email", request_id="r1")

    async def ask() -> object:
        try:
            return await first.decide_outbound(ANN, request, snapshot)
        finally:
            await first._parts.store.aclose()

    with pytest.raises(CustomerErasedError):
        asyncio.run(ask())
    (result,) = first.append([order(ANN, "2", "mug")])
    assert (result.status, result.seq) == ("suppressed", 0)
    assert first.append_bulk([order(ANN, "3", "mug"), order(BEN, "4", "mug")]).suppressed == 1


def test_who_comes_back_begins_anew(workers: Workers) -> None:
    first, second = workers
    buy(first, "1", "mug")
    first.erase(ANN)
    assert first.erasing.lift(ANN)
    assert buy(second, "2", "pot")
    assert (owned(first), owned(second)) == ({"pot"}, {"pot"})


@pytest.mark.parametrize(("who", "reason"), [("", None), (" ann", None), ("ann", ""), ("ann", "a\nb")])
def test_what_cannot_be_meant_is_refused(workers: Workers, who: str, reason: str | None) -> None:
    with pytest.raises(InvalidRequestError):
        workers[0].erase(CustomerId(who), reason)


@pytest.fixture
def machines(tmp_path: Path, valkey: Valkey) -> Iterator[Workers]:
    """Two machines on one PostgreSQL and one state server."""
    server = start_postgres()
    url = server.fresh_database()
    engines = (open_engine(tmp_path / "one", valkey.url, url), open_engine(tmp_path / "two", valkey.url, url))
    wait_until_trusted(*engines)
    yield engines
    close_all(engines)
    server.stop()


def test_two_machines_on_one_postgresql_forget_together(machines: Workers, valkey: Valkey) -> None:
    first, second = machines
    buy(first, "1", "mug")
    assert owned(second) == {"mug"}
    assert first.erase(ANN).projected
    assert not is_held(valkey, first)
    assert (owned(first), owned(second)) == (set(), set())
    assert second.append([order(ANN, "2", "mug")])[0].status == "suppressed"
    assert second.erasing.lift(ANN)
    assert buy(first, "3", "pot")
    assert owned(second) == {"pot"}
