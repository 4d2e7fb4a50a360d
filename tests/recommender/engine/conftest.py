"""Two workers of one installation on a server that a test may ill-treat."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.engine.engine import Engine
from tests.recommender.engine.shops import close_all, open_engine, wait_until_trusted
from tests.valkey import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A state server of its own."""
    server = Valkey()
    yield server
    server.close()


@pytest.fixture
def workers(tmp_path: Path, valkey: Valkey) -> Iterator[tuple[Engine, Engine]]:
    """Two workers on one home, both answering from the state store."""
    engines = (open_engine(tmp_path / "home", valkey.url), open_engine(tmp_path / "home", valkey.url))
    wait_until_trusted(*engines)
    yield engines
    close_all(engines)
