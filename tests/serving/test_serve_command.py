import json
import os
import re
import resource
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from recommender.engine.home import Home
from serving.running import SHARED_MEMORY, metrics_folder
from tests.serving.running_api import copied, eventually
from tests.serving.serve_command import ServeCommand, rapport
from tests.serving.shops import offered, purchase


@pytest.fixture
def home(trained_home: Path, tmp_path: Path) -> Path:
    return copied(trained_home, tmp_path / "home")


@pytest.fixture
def key(home: Path) -> dict[str, str]:
    made = rapport(home, "keys", "create", "--scope", "server", "--name", "shop")
    assert made.returncode == 0, made.stderr
    return {"x-api-key": made.stdout.strip()}


def test_a_key_is_printed_once_listed_by_prefix_and_revoked_by_either(home: Path) -> None:
    made = rapport(
        home, "keys", "create", "--scope", "widget", "--name", "browser", "--origin", "https://shop.example"
    )
    key, secret = made.stdout.strip().splitlines()
    assert re.fullmatch(r"rk_[0-9a-z]{8}_[0-9A-Za-z]{43}", key)
    assert re.fullmatch(r"signing secret: [0-9a-f]{64}", secret)
    listed = rapport(home, "keys", "list", COLUMNS="200").stdout
    prefix = key.split("_")[1]
    assert prefix in listed
    assert key not in listed
    assert "https://shop.example" in listed
    for name in (key, f"rk_{prefix}_…", prefix):
        assert rapport(home, "keys", "revoke", name).returncode == 0
    assert "revoked" in rapport(home, "keys", "list", COLUMNS="200").stdout
    unknown = rapport(home, "keys", "revoke", "zzzzzzzz")
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr


def test_a_port_in_use_is_one_clear_line(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = rapport(home, "serve", "--port", str(port))
    assert ended.returncode == 2
    assert f"port {port} is already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_log_that_cannot_be_opened_is_one_clear_line(home: Path) -> None:
    ended = rapport(home, "serve", RAPPORT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_states_are_rebuilt_from_the_log(home: Path) -> None:
    ended = rapport(home, "state", "rebuild")
    assert ended.returncode == 0, ended.stderr
    assert "60 customer states were rebuilt" in ended.stdout


def test_sigterm_finishes_what_is_under_way_and_keeps_every_receipt(home: Path, key: dict[str, str]) -> None:
    answered: list[str] = []
    failed: list[str] = []
    stopping = threading.Event()

    def ask(url: str, number: int) -> None:
        with httpx.Client(base_url=url, headers=key, timeout=30) as client:
            while True:
                try:
                    answer = client.get(
                        f"/v1/customers/c{number:02d}/actions?placement=p{time.monotonic_ns()}"
                    )
                except httpx.TransportError as error:
                    if not stopping.is_set():
                        failed.append(repr(error))
                    return
                if answer.status_code != 200:
                    failed.append(answer.text)
                answered.append(answer.json()["decision_id"])

    with ServeCommand(home) as running, ThreadPoolExecutor(4) as pool:
        assert "/docs" in "".join(running.lines)
        for number in range(4):
            pool.submit(ask, running.url, number)
        eventually(lambda: len(answered) > 50, what="some answers")
        stopping.set()
        assert running.stop() == 0
        errors = running.errors()
    assert not failed
    assert "Traceback" not in errors
    with ServeCommand(home) as again:
        client = httpx.Client(base_url=again.url, headers=key, timeout=30)
        with client:
            for decision_id in answered[-20:]:
                assert client.get(f"/v1/decisions/{decision_id}").status_code == 200


def test_the_access_log_names_the_route_and_the_key_but_nobody(home: Path, key: dict[str, str]) -> None:
    with ServeCommand(home) as running:
        httpx.get(f"{running.url}/v1/customers/c01/actions", headers={**key, "x-request-id": "r-17"})
        running.stop()
        line = next(line for line in running.errors().splitlines() if "r-17" in line)
    assert '"route":"/v1/customers/{id}/actions"' in line
    assert key["x-api-key"].split("_")[1] in line
    assert key["x-api-key"] not in line
    assert "c01" not in line


def test_several_workers_agree_and_count_together(home: Path, key: dict[str, str]) -> None:
    with ServeCommand(home, "--workers", "2") as running:
        with httpx.Client(base_url=running.url, headers=key, timeout=60) as client:
            eventually(lambda: client.get("/readyz").json()["ready"], what="a worker is ready")
            for round_ in range(8):
                before = offered(client.get("/v1/customers/c01/actions?k=30").json())
                client.post("/v1/events", json=purchase("c01", before[0], days_ago=0.001)).raise_for_status()
                for _ in range(12):
                    # A connection each, so that both workers are asked.
                    after = httpx.get(f"{running.url}/v1/customers/c01/actions?k=30", headers=key, timeout=60)
                    assert after.status_code == 200, after.text
                    assert before[0] not in offered(after.json()), f"round {round_}"
            text = client.get("/metrics").text
        counts = re.findall(r'rapport_http_request_seconds_count\{.*actions.*status="200"\} (\S+)', text)
        assert sum(map(float, counts)) == 8 * 13
        metrics = metrics_of(running)
        assert len({file.name.rpartition("_")[2] for file in metrics.iterdir()}) == 2
        assert running.stop() == 0
        assert not metrics.exists()


def metrics_of(running: ServeCommand) -> Path:
    """Return the folder in which the workers share their metrics."""
    told = (child.environ() for child in psutil.Process(running.process.pid).children())
    return next(Path(one["PROMETHEUS_MULTIPROC_DIR"]) for one in told if "PROMETHEUS_MULTIPROC_DIR" in one)


@pytest.mark.skipif(not os.access(SHARED_MEMORY, os.W_OK), reason="this system has no place in memory")
def test_metrics_are_not_mapped_from_a_disk_that_may_be_full(tmp_path: Path) -> None:
    with metrics_folder(Home.at(tmp_path)) as folder:
        assert folder.parent == SHARED_MEMORY
        assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(folder)
    assert not folder.exists()
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def log_lines(server: ServeCommand, logger: str) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in server.errors().splitlines() if line.startswith("{")]
    return [(line["level"], line["detail"]) for line in lines if line["event"] == logger]


def test_a_state_server_that_dies_and_recovers_is_told_to_the_operator(
    home: Path, key: dict[str, str]
) -> None:
    with ServeCommand(home) as server, httpx.Client(base_url=server.url, headers=key, timeout=60) as client:
        eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
        assert log_lines(server, "recommender.engine.tending") == []
        os.kill(int((home / "run" / "valkey.pid").read_text()), signal.SIGKILL)
        eventually(
            lambda: len(log_lines(server, "recommender.engine.tending")) >= 2, what="the recovery is told"
        )
        (lost, why), (back, _) = log_lines(server, "recommender.engine.tending")[:2]
        assert (lost, back) == ("warning", "info")
        assert "the state store was lost" in why


def test_readiness_knows_that_the_disk_is_full_and_does_not_tell_where_it_is(home: Path) -> None:
    with ServeCommand(home) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        assert client.get("/readyz").json()["log"]["ok"]
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        # A file may grow no further: the write fails in the kernel, as it does on a full disk.
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        eventually(lambda: client.get("/readyz").status_code == 503, what="the full disk is noticed")
        told = client.get("/readyz")
        assert told.json()["log"] == {
            "ok": False, "reason": "the event log cannot be written; free some space, then send it again"
        }  # fmt: skip
        assert str(home) not in told.text
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        eventually(lambda: client.get("/readyz").status_code == 200, what="the room is noticed")
