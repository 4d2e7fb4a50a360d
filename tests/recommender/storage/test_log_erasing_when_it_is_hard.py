"""Erasing while others write, while the process dies, in logs of older versions, and down to the bytes of the file."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from recommender.storage.log import EventLog
from recommender.storage.receipts import write_receipts
from recommender.types import DecisionId
from tests.recommender.storage.leaving import EVE, life_of, receipt, rows_with
from tests.recommender.storage.log_worlds import BOB, NOON, order, script, view


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    """An empty log whose clock stands still at noon."""
    with EventLog.open(url, clock=lambda: NOON) as opened:
        yield opened


def test_an_erasure_waits_for_receipts_that_are_half_written(log: EventLog, url: str) -> None:
    with EventLog.open(url) as other, ThreadPoolExecutor(1) as pool:
        book = other.erasures.book
        with book.database.write() as connection:
            book.wait_for_erasures(connection)
            assert book.among(connection, {EVE}) == {}
            erasing = pool.submit(log.erasures.erase, EVE)
            assert wait([erasing], timeout=0.5).not_done
            write_receipts(connection, [receipt("d-1")])
        assert erasing.result()[0].decisions == 1
        assert other.receipts([DecisionId("d-1")]) == {}
    assert "receipts" not in rows_with(url, EVE)


class Rush:
    """Writers of all sorts and an erasure that start at the same moment; two logs on one database stand for processes."""

    def __init__(self, url: str) -> None:
        self.logs = [EventLog.open(url) for _ in range(3)]
        self.started = threading.Barrier(7)

    def run(self) -> None:
        first, second, third = self.logs
        with ThreadPoolExecutor(7) as pool:
            jobs = [pool.submit(self.append, self.logs[number % 3], f"w{number}") for number in range(4)]
            jobs += [
                pool.submit(self.load, second),
                pool.submit(self.decide, first),
                pool.submit(self.erase, third),
            ]
            for job in jobs:
                job.result()

    def append(self, log: EventLog, name: str) -> None:
        self.started.wait()
        for number in range(60):
            log.append([view(f"{name}-{number}", customer=EVE), order(f"{name}-{number}", customer=EVE)])

    def load(self, log: EventLog) -> None:
        self.started.wait()
        for part in range(6):
            log.append_bulk(order(f"bulk-{part}-{number}", customer=EVE) for number in range(200))

    def decide(self, log: EventLog) -> None:
        self.started.wait()
        for number in range(60):
            log.put_receipts([receipt(f"r-{number}"), receipt(f"b-{number}", BOB)])

    def erase(self, log: EventLog) -> None:
        self.started.wait()
        while log.head() < 40:
            continue
        log.erasures.erase(EVE)


def test_whatever_is_written_at_the_same_moment_does_not_survive(url: str) -> None:
    rush = Rush(url)
    rush.run()
    log = rush.logs[0]
    assert log.erasures.of(EVE) is not None
    assert rows_with(url, EVE) == {"outbox": 1}
    assert log.pending() == [(EVE, log.erasures.last_seq())]
    names = [DecisionId(f"{kind}-{number}") for number in range(60) for kind in "rb"]
    assert len(log.receipts(names)) == len(log.erasures.decisions(names)) == 60
    for one in rush.logs:
        one.close()


_ERASE = """
import sys
from recommender.storage.log import EventLog
from recommender.types import CustomerId
log = EventLog.open(sys.argv[1])
print("ready", flush=True)
log.erasures.erase(CustomerId(sys.argv[2]))
print("done", flush=True)
log.close()
"""


@pytest.mark.parametrize("milliseconds", [1, 8, 25, 60])
def test_a_process_that_dies_in_the_middle_leaves_all_or_nothing(
    log: EventLog, url: str, milliseconds: int
) -> None:
    log.append_bulk(
        [*(order(str(number), "mug", "pot", customer=EVE) for number in range(4_000)), *life_of()]
    )
    log.put_receipts([receipt(f"r-{number}") for number in range(2_000)])
    before = rows_with(url, EVE)
    program = script(_ERASE, url, EVE)
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    threading.Event().wait(milliseconds / 1000)
    program.kill()
    program.communicate()
    assert rows_with(url, EVE) in (before, {"outbox": 2})
    erasure, _ = log.erasures.erase(EVE)
    assert (erasure.events, erasure.decisions) == (4_006, 2_000)
    assert rows_with(url, EVE) == {"outbox": 2}


def test_an_older_log_gets_what_erasing_needs_when_it_is_opened(url: str) -> None:
    with EventLog.open(url) as log:
        log.append(life_of())
        log.put_receipts([receipt("d-3")])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for statement in (
            "DROP TABLE erased",
            "DROP TABLE erased_decisions",
            "DROP INDEX receipts_of_customer",
            "DROP INDEX events_of_links",
            "ALTER TABLE log_head DROP COLUMN erased_seq",
        ):
            connection.execute(text(statement))
    with EventLog.open(url) as log:
        assert [one["name"] for one in inspect(engine).get_indexes("receipts")] == ["receipts_of_customer"]
        log.append([order("later", customer=EVE)])
        assert log.erasures.erase(EVE)[0].events == 7
        assert [one.status for one in log.append(life_of())] == ["suppressed"] * 6
    engine.dispose()


def test_what_an_older_version_let_in_beside_goes_the_next_time(log: EventLog, url: str) -> None:
    first, _ = log.erasures.erase(EVE, "she asked")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:  # as if it came from a process that knows no erasures
        connection.execute(text("UPDATE log_head SET erased_seq = 0"))
    engine.dispose()
    log.append(life_of())
    again, is_new = log.erasures.erase(EVE, "again")
    assert (is_new, again.events, again.reason, again.erased_at) == (False, 6, "she asked", first.erased_at)
    assert rows_with(url, EVE) == {"outbox": 2}


def test_the_files_of_sqlite_hold_nothing_of_the_customer(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with EventLog.open(f"sqlite:///{path}") as log:
        log.append_bulk(order(f"o{number}", customer=f"c{number % 50}") for number in range(3_000))
        log.append_bulk([*(order(f"e{number}", customer=EVE) for number in range(500)), *life_of()])
        log.put_receipts([receipt(f"r-{number}") for number in range(300)])
        assert any(EVE.encode() in file.read_bytes() for file in tmp_path.iterdir())
        erasure, _ = log.erasures.erase(EVE)
        log.erasures.told(EVE, erasure.seq)
        held = [file.name for file in tmp_path.iterdir() if EVE.encode() in file.read_bytes()]
        assert held == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
