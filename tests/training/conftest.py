"""A small shop with a trained model, and fresh homes that need no migration of MLflow's tables."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.engine.home import Home
from recommender.storage.log import EventLog
from tests.training.homes import NOW, Trained, registry_of, train_in
from tests.training.small_shop import small_shop_events, small_shop_items


@pytest.fixture(scope="session", autouse=True)
def _quiet_mlflow() -> None:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables in one SQLite file, made once: later homes copy it."""
    home = Home.at(tmp_path_factory.mktemp("template"))
    registry_of(home).open()
    return home.mlflow / "mlflow.db"


@pytest.fixture
def new_home(tmp_path: Path, empty_registry: Path) -> Callable[[str], Home]:
    """Return a function that makes an empty home whose registry has its tables."""

    def make(name: str) -> Home:
        home = Home.at(tmp_path / name)
        shutil.copy(empty_registry, home.mlflow / "mlflow.db")
        return home

    return make


@pytest.fixture
def shop_home(new_home: Callable[[str], Home], shop_log_file: Path) -> Home:
    """A home of its own with the small shop's log and no model."""
    home = new_home("shop")
    shutil.copy(shop_log_file, home.root / "log.sqlite")
    return home


@pytest.fixture(scope="session")
def shop_log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop's log, closed; copy it before writing."""
    home = Home.at(tmp_path_factory.mktemp("shop"))
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        log.append_bulk(small_shop_events())
        log.put_items(small_shop_items())
    return home.root / "log.sqlite"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path, shop_log_file: Path) -> Trained:
    """A home whose champion was trained on everything before June; tests only read it."""
    home = Home.at(tmp_path_factory.mktemp("trained"))
    shutil.copy(empty_registry, home.mlflow / "mlflow.db")
    shutil.copy(shop_log_file, home.root / "log.sqlite")
    return train_in(home, as_of=datetime(2024, 6, 1, tzinfo=UTC))


@pytest.fixture
def trained_log(trained: Trained) -> Iterator[EventLog]:
    """The log of the trained home."""
    with EventLog.open(trained.home.log_url, clock=lambda: NOW) as log:
        yield log
