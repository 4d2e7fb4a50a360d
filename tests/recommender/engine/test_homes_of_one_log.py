"""Homes that share a PostgreSQL log, each with a state server of its own, as nothing else is said: they follow one another."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.decisions.request import DecisionRequest
from recommender.engine.ahead import LogAhead
from recommender.engine.bulk_guard import BulkGuard
from recommender.engine.engine import Engine
from recommender.engine.outbound import RequestAnswer
from recommender.engine.projection import Projector
from recommender.engine.recovery import Recovery
from recommender.events.vocabulary import ConsentChange
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore
from tests.recommender.engine.shops import (
    ANN,
    BEN,
    LATER,
    buy,
    close_all,
    open_engine,
    order,
    owned,
    wait_until,
    wait_until_trusted,
)
from tests.servers import start_postgres
from tests.valkey import Valkey

Homes = tuple[Engine, Engine]
PLAYBOOK = """[playbook]
name = "Shop"
currency = "EUR"

[channels.email]
direction = "outbound"

[contact_policy]
needs_consent = false

[[actions]]
id = "for-you"
kind = "product_offer"
value = 10.0
"""


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[Homes]:
    """Two homes on one PostgreSQL, each with its private state server."""
    server = start_postgres()
    url = server.fresh_database()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "playbook.toml").write_text(PLAYBOOK)
    engines = (
        open_engine(tmp_path / "one", database_url=url),
        open_engine(tmp_path / "two", database_url=url),
    )
    wait_until_trusted(*engines)
    yield engines
    close_all(engines)
    server.stop()


def ask(engine: Engine, request_id: str) -> RequestAnswer:
    """Ask for one request, in an event loop of its own."""
    snapshot = engine.snapshot_for(engine.popularity_fallback(datetime.now(UTC)), FALLBACK)

    async def once() -> RequestAnswer:
        try:
            return await engine.decide_outbound(
                ANN, DecisionRequest(k=1, channel="email", request_id=request_id), snapshot
            )
        finally:
            await engine._parts.store.aclose()

    return asyncio.run(once())


def unsubscribe(engine: Engine) -> None:
    said = ConsentChange(
        source="test",
        event_id="no",
        occurred_at=datetime.now(UTC),
        customer_id=ANN,
        consent_channel="email",
        status="unsubscribed",
    )
    engine.append([said])


def test_what_one_home_hears_the_other_one_knows_soon_of_whom_it_held_already(homes: Homes) -> None:
    first, second = homes
    buy(second, "1", "mug")
    assert owned(second) == {"mug"}
    buy(first, "2", "pot")
    wait_until(lambda: owned(second) == {"mug", "pot"})
    buy(second, "3", "cup")
    wait_until(lambda: owned(first) == {"mug", "pot", "cup"})


def test_who_was_erased_at_one_home_leaves_the_state_store_of_the_other_too(homes: Homes) -> None:
    first, second = homes
    buy(second, "1", "mug")
    buy(second, "2", "mug", customer_id=BEN)
    assert owned(second) == {"mug"}
    first.erase(ANN)
    wait_until(lambda: ANN not in set(second._parts.store.held()))
    assert owned(second) == set()
    assert owned(second, BEN) == {"mug"}


def test_a_repeated_request_obeys_at_once_what_another_home_heard(homes: Homes) -> None:
    first, second = homes
    lately = datetime.now(UTC) - timedelta(days=9)
    items = enumerate(("mug", "pot", "cup"))
    first.append([order(f"c{n}", f"o{n}", item, at=lately) for n, item in items])
    assert ask(second, "r1").ranks == (1,)
    owned(second)
    unsubscribe(first)
    again = ask(second, "r1")
    assert (again.ranks, again.is_repeat) == ((), True)
    assert ask(second, "r2").ranks == ()


class Bench:
    """One home without an engine around it, on a log that others write too; nothing happens by itself."""

    def __init__(self, folder: Path, valkey: Valkey, stack: ExitStack) -> None:
        self.log = stack.enter_context(EventLog.open(f"sqlite:///{folder}/log.sqlite"))
        self.store = StateStore.open(valkey.url, namespace="bench")
        self.projector = Projector(self.log, self.store)
        ahead = LogAhead.open(folder / "ahead")
        for part in (self.store, ahead):
            stack.callback(part.close)
        guard = BulkGuard(folder / "bulk.lock")
        self.recovery = Recovery(self.log, self.store, self.projector, ahead, guard)
        assert self.recovery.tend()

    def version_held(self) -> int | None:
        """Return the version of Ann that the store holds, None for nothing."""
        if ANN not in set(self.store.held()):
            return None
        return max(one for one in range(9) if not self.store.older_than([(ANN, one)]))


@pytest.fixture
def bench(tmp_path: Path, valkey: Valkey) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, valkey, stack)


def elsewhere(bench: Bench, order_id: str) -> None:
    """Have another home write an order of Ann, and take it out of the outbox as one does that has projected it."""
    (result,) = bench.log.append([order(ANN, order_id, "mug", at=LATER)])
    bench.log.projected([(ANN, result.version)])


def test_the_checkpoint_follows_the_log_and_who_is_not_held_is_left_to_the_next_reader(bench: Bench) -> None:
    elsewhere(bench, "1")
    assert bench.recovery.tend()
    assert bench.store.checkpoint() == 1
    assert bench.version_held() is None


def test_who_is_held_is_projected_when_another_home_wrote(bench: Bench) -> None:
    bench.projector.fill(ANN)
    assert bench.version_held() == 0
    for number in (1, 2):
        elsewhere(bench, str(number))
        assert bench.recovery.tend()
        assert (bench.version_held(), bench.store.checkpoint()) == (number, number)


def test_a_writer_that_read_the_log_before_another_home_wrote_leaves_nothing_behind(bench: Bench) -> None:
    elsewhere(bench, "1")
    assert bench.recovery.tend()
    marker = bench.store.mark_pending([ANN])
    read_too_early = bench.projector.fold_many({ANN: 1})
    elsewhere(bench, "2")
    assert bench.recovery.tend()
    assert bench.store.write(read_too_early, marker=marker) == 0
    assert bench.version_held() in (None, 2)


def test_what_waits_in_the_outbox_holds_the_checkpoint_back(bench: Bench) -> None:
    bench.log.append([order(ANN, "1", "mug")])
    assert bench.recovery.tend()
    assert bench.store.checkpoint() == 0
    assert bench.recovery.tend()
    assert bench.recovery.tend()
    assert bench.store.checkpoint() == 1
