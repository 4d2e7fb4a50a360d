"""Whether the log can be written: known without a write of an event, and asked often at little cost."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from recommender.errors import LogUnavailableError
from recommender.storage.databases import Database
from recommender.storage.write_check import EVERY_SECONDS, WriteCheck


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    with opened.write() as connection:
        connection.execute(text("CREATE TABLE shelf (item TEXT)"))
    yield opened
    opened.close()


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[tuple[Database, Path]]:
    """A database whose folder is not there yet."""
    folder = tmp_path / "away"
    opened = Database.open(f"sqlite:///{folder}/log.db")
    yield opened, folder
    opened.close()


def test_a_log_that_can_be_written_passes_and_keeps_nothing_of_the_trial(database: Database) -> None:
    WriteCheck(database).check()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM shelf")).scalar() == 0


def test_a_trial_waits_for_no_other_writer(database: Database) -> None:
    done = threading.Event()

    def check() -> None:
        WriteCheck(database).check()
        done.set()

    thread = threading.Thread(target=check)
    with database.write() as connection:
        connection.execute(text("INSERT INTO shelf VALUES ('mug')"))
        thread.start()
        assert done.wait(30)
    thread.join()


def test_the_last_write_that_failed_counts_until_one_succeeds(database: Database) -> None:
    check = WriteCheck(database)
    check.check()
    with pytest.raises(LogUnavailableError), database.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(LogUnavailableError, match="cannot be written"):
        check.check()
    with database.write() as connection:
        connection.execute(text("INSERT INTO shelf VALUES ('mug')"))
    check.check()


def test_a_trial_is_made_now_and_then_and_its_result_kept_between(lost: tuple[Database, Path]) -> None:
    database, folder = lost
    clock = Clock()
    check = WriteCheck(database, clock)
    with pytest.raises(LogUnavailableError, match="cannot be written"):
        check.check()
    folder.mkdir()
    with pytest.raises(LogUnavailableError):
        check.check()
    clock.now = EVERY_SECONDS
    check.check()
    assert list(folder.iterdir()) == []
    folder.rmdir()
    check.check()
    clock.now = 2 * EVERY_SECONDS
    with pytest.raises(LogUnavailableError):
        check.check()
