"""The registry on a real MLflow server: artifacts travel over HTTP."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recommender.bundles import BundleMetadata
from recommender.engine.home import Home
from tests.training.homes import Trained
from training.bundle_files import saved_bundle
from training.registry import Registry
from training.versions import RunRecord


@pytest.fixture
def server(tmp_path: Path, empty_registry: Path) -> Iterator[str]:
    """The address of an MLflow server with an empty registry and artifacts of its own."""
    database = tmp_path / "server.db"
    shutil.copy(empty_registry, database)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    where = [
        "--backend-store-uri",
        f"sqlite:///{database}",
        "--artifacts-destination",
        str(tmp_path / "artifacts"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1", *where],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path, start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", seconds=120)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address: str, seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310  # our own server
                return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)


def test_versions_go_to_a_server_and_their_bundles_come_back(
    trained: Trained, new_home: Callable[[str], Home], server: str
) -> None:
    here, there = new_home("here"), new_home("there")
    registry = Registry(server, bundles=here.bundles, artifacts=here.mlflow_artifacts)
    for name in ("a", "b"):
        metadata = BundleMetadata(data_fingerprint=name)
        with saved_bundle(trained.outcome.result.models, here.bundles, metadata) as bundle:
            registry.register_bundle(bundle, RunRecord(params={}, metrics={"ndcg": 0.5}, facts={}))
    assert registry.promote("2").former == "1"
    elsewhere = Registry(server, bundles=there.bundles, artifacts=there.mlflow_artifacts)
    fetched = elsewhere.bundle_path("champion")
    assert fetched.parent == there.bundles
    assert {file.name: file.read_bytes() for file in fetched.iterdir()} == {
        file.name: file.read_bytes() for file in registry.bundle_path("champion").iterdir()
    }
    assert elsewhere.rollback().champion == "1"
