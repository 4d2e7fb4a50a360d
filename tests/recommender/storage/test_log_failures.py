"""Full disks, killed servers, wrong files: nothing is acknowledged that is not there, and nothing needs repair."""

import contextlib
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from recommender.errors import LogUnavailableError
from recommender.storage.log import EventLog
from tests.recommender.storage.log_worlds import ADA, everything, order, script, view
from tests.servers import Postgres, start_postgres

# A file may grow no further: the write fails in the kernel, as it does on a full disk.
_FULL_DISK = """
import json, resource, sys
from concurrent.futures import wait
from pathlib import Path
from recommender.errors import LogUnavailableError
from recommender.storage.log import EventLog
from tests.recommender.storage.log_worlds import order
path = Path(sys.argv[1])
log = EventLog.open(f"sqlite:///{path}")
log.append([order("first")])
room = path.with_name("log.db-wal").stat().st_size + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
items = [f"item-{i}" for i in range(100)]
answers = {}
for group in range(60):
    futures = {f"{group}-{i}": log.append_async([order(f"{group}-{i}", *items)]) for i in range(8)}
    wait(futures.values())
    answers |= futures
bulk = "written"
try:
    log.append_bulk(order(f"bulk-{i}", *items) for i in range(2000))
except LogUnavailableError as error:
    bulk = "refused"
message = next(str(a.exception()) for a in answers.values() if a.exception())
kinds = {type(a.exception()).__name__ for a in answers.values() if a.exception()}
acknowledged = ["first"] + [name for name, answer in answers.items() if not answer.exception()]
head = log.head()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append([order("after")])
log.close()
print(json.dumps([acknowledged, sorted(kinds), message, bulk, head]))
"""


def test_a_full_disk_acknowledges_nothing_false_and_the_writer_recovers(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    program = script(_FULL_DISK, str(path))
    acknowledged, kinds, message, bulk, head = json.loads(program.communicate(timeout=120)[0])
    assert (kinds, bulk, head) == (["LogUnavailableError"], "refused", len(acknowledged))
    assert "cannot be written" in message
    assert 1 < len(acknowledged) < 480
    with EventLog.open(f"sqlite:///{path}") as log:
        found = everything(log)
    assert [stored.event.event_id for stored in found] == [*acknowledged, "after"]
    assert [stored.seq for stored in found] == list(range(1, len(acknowledged) + 2))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.fixture
def mortal() -> Iterator[Postgres]:
    """A server that a test may kill."""
    server = start_postgres()
    yield server
    server.kill()
    server.stop()


def test_a_killed_server_refuses_everybody_who_waits_and_the_writer_recovers(mortal: Postgres) -> None:
    with EventLog.open(mortal.fresh_database()) as log:
        log.append([order("1", "mug")])
        mortal.kill()
        answers = [log.append_async([order(f"lost-{i}")]) for i in range(20)]
        errors = [answer.exception(timeout=60) for answer in answers]
        assert {type(error) for error in errors} == {LogUnavailableError}
        assert len({id(error) for error in errors}) == 20
        for call in (log.head, log.pending, log.order_lines, log.keys, lambda: log.events_of(ADA)):
            with pytest.raises(LogUnavailableError, match="cannot be"):
                call()
        with pytest.raises(LogUnavailableError):
            log.append_bulk([order("bulk")])
        mortal.restart()
        assert log.append([order("1", "mug"), order("2", "cup")])[1].seq == 2
        assert [stored.event.event_id for stored in log.events_of(ADA)] == ["1", "2"]


def test_connections_that_died_while_idle_are_replaced_unnoticed(mortal: Postgres) -> None:
    with EventLog.open(mortal.fresh_database()) as log:
        log.append([order("1")])
        mortal.kill()
        mortal.restart()
        assert log.append([order("2")])[0].seq == 2


def test_what_was_acknowledged_survives_the_death_of_the_server(mortal: Postgres) -> None:
    url = mortal.fresh_database()
    with EventLog.open(url) as log:
        acknowledged = [log.append([order(str(i))])[0].seq for i in range(30)]
        mortal.kill()
        mortal.restart()
        assert sorted(stored.seq for stored in log.events_of(ADA)) == acknowledged


def test_closing_without_a_server_raises_nothing(mortal: Postgres) -> None:
    log = EventLog.open(mortal.fresh_database())
    log.append([order("1")])
    log.projected(log.pending())
    mortal.kill()
    log.close()


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailableError, match="postgresql://ann") as caught:
        EventLog.open(f"postgresql://ann:secret@/shop?host={tmp_path}")
    assert "secret" not in str(caught.value)
    assert "connection" in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but somebody's notes" * 100)
    with pytest.raises(
        LogUnavailableError, match=r"file is not a database \(sqlite:///.+\); name another file"
    ):
        EventLog.open(f"sqlite:///{path}")
    assert path.read_text().startswith("not a database")


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        LogUnavailableError, match=r"unable to open database file \(sqlite:///.+\); create the folder"
    ):
        EventLog.open(f"sqlite:///{tmp_path}/nowhere/log.db")


@pytest.mark.parametrize("url", ["mysql://localhost/shop", "sqlite://", "sqlite:///:memory:", "log.db", ""])
def test_other_urls_are_refused_with_the_two_that_work(url: str) -> None:
    with pytest.raises(LogUnavailableError, match=r"sqlite:////absolute/path/log\.db or postgresql://"):
        EventLog.open(url)


def test_tables_of_another_layout_are_refused(url: str) -> None:
    EventLog.open(url).close()
    _execute(url, "UPDATE log_about SET schema_version = 99")
    with pytest.raises(LogUnavailableError, match="expected layout 1, found layout 99"):
        EventLog.open(url)


def test_a_database_with_tables_of_somebody_else_is_not_touched(url: str) -> None:
    _execute(url, "CREATE TABLE events (title text)")
    with pytest.raises(LogUnavailableError, match=r"already exists \(.+\); name an empty database"):
        EventLog.open(url)
    _execute(url, "INSERT INTO events (title) VALUES ('a concert')")
    with pytest.raises(Exception, match="log_about"):
        _execute(url, "SELECT * FROM log_about")


def test_a_fresh_database_may_be_opened_by_several_at_once(url: str) -> None:
    source = (
        "import sys; from recommender.storage.log import EventLog; print(EventLog.open(sys.argv[1]).log_id)"
    )
    programs: list[subprocess.Popen[str]] = [script(source, url) for _ in range(3)]
    names = {program.communicate(timeout=120)[0] for program in programs}
    assert len(names) == 1
    assert all(program.returncode == 0 for program in programs)


def test_a_locked_file_lets_readers_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/locked.db"
    with EventLog.open(url) as log:
        log.append([view("1")])
        with sqlite3.connect(tmp_path / "locked.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            assert (log.head(), len(log.events_of(ADA))) == (1, 1)
            other.execute("ROLLBACK")
        other.close()
        assert log.append([view("2")])[0].seq == 2


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def test_a_new_log_is_read_by_its_owner_only_in_a_folder_that_is_open_to_all(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with EventLog.open(f"sqlite:///{tmp_path}/log.db") as log:
        log.append([order("1")])
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("log.db*")}
    assert modes == {"log.db": 0o600, "log.db-shm": 0o600, "log.db-wal": 0o600}


def test_the_mode_of_a_log_that_is_there_is_left_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    EventLog.open(f"sqlite:///{path}").close()
    path.chmod(0o640)
    EventLog.open(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o777 == 0o640


@contextlib.contextmanager
def held(url: str) -> Iterator[None]:
    """Hold the log as another program does that writes for long."""
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as other:
        if engine.dialect.name == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            other.exec_driver_sql("BEGIN; SELECT seq FROM log_head FOR UPDATE")
        yield
        other.exec_driver_sql("ROLLBACK")
    engine.dispose()


def test_writes_wait_for_a_log_that_is_held_only_as_long_as_they_were_told(url: str) -> None:
    with EventLog.open(url, wait_seconds=0.2) as log:
        log.append([order("1")])
        with held(url):
            together = [log.append_async([order(f"held-{number}")]) for number in range(3)]
            for answer in together:
                with pytest.raises(LogUnavailableError, match="another program holds the"):
                    answer.result(timeout=20)
            with pytest.raises(LogUnavailableError, match="another program holds the"):
                log.append_bulk([order("bulk")])
        assert log.append([order("2")])[0].seq == 2


def test_what_is_taken_back_while_the_log_is_held_is_never_written(url: str) -> None:
    with EventLog.open(url) as log:
        with held(url):
            first, second, third = (log.append_async([order(str(number))]) for number in range(3))
            assert first.cancel()
            assert third.cancel()
        assert second.result(timeout=20)[0].seq == 1
        log.append([order("after")])
        assert [stored.event.event_id for stored in everything(log)] == ["1", "after"]


def test_who_waited_too_long_in_the_queue_is_not_written_when_the_log_is_free_again(url: str) -> None:
    with EventLog.open(url, wait_seconds=1.0) as log:
        log.append([order("1")])
        with held(url):
            first = log.append_async([order("first")])
            time.sleep(0.1)
            queued = log.append_async([order("queued")])
            with pytest.raises(LogUnavailableError, match="another program holds the"):
                first.result(timeout=20)
            time.sleep(0.3)
        with pytest.raises(LogUnavailableError):
            queued.result(timeout=20)
        log.append([order("after")])
        assert [stored.event.event_id for stored in everything(log)] == ["1", "after"]
