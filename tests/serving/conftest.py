"""One API with a small, trained shop in it per module, and what most tests need of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.settings import ServingSettings
from tests.serving.chromium import CHROMIUM
from tests.serving.running_api import RunningApi, copied, eventually, settings_for
from tests.serving.shops import habits
from tests.serving.trained import TestRegistry, fill, train

# The pages are driven where there is a browser; none comes as a wheel, and nobody has to install one.
collect_ignore = ["test_console.py", "test_pages.py", "test_widget.py"] if CHROMIUM is None else []


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with half a year of orders and a champion, to be copied: making a registry takes MLflow many seconds."""
    made = settings_for(tmp_path_factory.mktemp("trained"))
    fill(made, habits())
    registry = TestRegistry(made)
    registry.promote(registry.register(train(made)))
    return made.home


@pytest.fixture(scope="module")
def settings(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> ServingSettings:
    """A home of this module's own."""
    return settings_for(copied(trained_home, tmp_path_factory.mktemp("home") / "home"))


@pytest.fixture(scope="module")
def api(settings: ServingSettings) -> Iterator[RunningApi]:
    with RunningApi(settings) as running:
        yield running


@pytest.fixture(scope="module")
def shop(api: RunningApi) -> httpx.Client:
    """A client with a server key, once the state store is trusted."""
    client = api.client(api.make_key("server").text)
    eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
    return client


@pytest.fixture
def empty_home(tmp_path: Path) -> ServingSettings:
    return settings_for(tmp_path / "home")
