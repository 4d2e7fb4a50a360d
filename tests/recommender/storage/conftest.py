"""Every test of the log runs on SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recommender.storage.log import EventLog
from tests.servers import Postgres, start_postgres


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """One server per test session, shared by its xdist workers."""
    session: str | None = None
    if hasattr(request.config, "workerinput"):
        session = str(request.config.workerinput["testrunuid"])
    server = start_postgres(session)
    server.forget_power_cuts()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a function that gives the URL of another empty database each time."""
    if request.param == "sqlite":
        names = itertools.count()
        return lambda: f"sqlite:///{tmp_path}/log-{next(names)}.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh_database


@pytest.fixture
def url(fresh_url: Callable[[], str]) -> str:
    """URL of an empty database."""
    return fresh_url()


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    """An empty log."""
    with EventLog.open(url) as opened:
        yield opened
