"""The decision route against a bare FastAPI route with one redis-py pipeline, interleaved in one run.

10,000 items, customers of 100 purchases each, one worker process per server, eight connections. *Cold* decides every
time (the slate cache is off); *cached* answers the slate remembered for the same customer version.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.homes import busy_home
from benchmarks.load import load, requests_for
from benchmarks.results import Row
from benchmarks.synthetic import CUSTOMERS, LARGE, LARGE_ITEMS

SECONDS = 3.0


def measure(folder: Path, rounds: int) -> list[Row]:
    """Measure throughput and latency of both routes, in turns."""
    home = busy_home(folder)
    key = _key(home)
    headers = {"X-Api-Key": key}
    rows: list[Row] = []
    with _ours(home, cache=0) as cold_url, _ours(home, cache=10_000) as cached_url, _bare(home) as bare_url:
        for name, url in (("cold", cold_url), ("cached", cached_url)):
            paths = [f"/v1/customers/customer-{number}/actions?k=10" for number in range(CUSTOMERS)]
            rows += _compare(name, (url, requests_for(url, paths, headers)), bare_url, rounds)
        large = requests_for(cold_url, [f"/v1/customers/{LARGE}/actions?k=10"], headers)
        one_by_one = load(cold_url, large, seconds=SECONDS, connections=1)
        note = f"cold, one at a time; p99 {one_by_one.p99_ms:.2f} ms"
        rows.append(Row(f"a customer of {LARGE_ITEMS:,} items", "ms p50", (one_by_one.p50_ms,), note=note))
    return rows


def _compare(name: str, ours: tuple[str, list[bytes]], bare_url: str, rounds: int) -> Iterator[Row]:
    bare = requests_for(bare_url, [f"/bare/customer-{number}" for number in range(CUSTOMERS)], {})
    for url, requests in (ours, (bare_url, bare)):
        load(url, requests, seconds=SECONDS)  # warms it
    busy = [(load(*ours, seconds=SECONDS), load(bare_url, bare, seconds=SECONDS)) for _ in range(rounds)]
    assert not sum(one.failed for pair in busy for one in pair)
    yield Row(
        f"actions, {name}: throughput",
        "requests/s",
        tuple(mine.per_second for mine, _ in busy),
        "bare route",
        tuple(theirs.per_second for _, theirs in busy),
        note="8 connections",
    )
    calm = [
        (load(*ours, seconds=1, connections=1), load(bare_url, bare, seconds=1, connections=1))
        for _ in range(rounds)
    ]
    for quantile in ("p50_ms", "p99_ms"):
        yield Row(
            f"actions, {name}: {quantile[:3]}",
            "ms",
            tuple(getattr(mine, quantile) for mine, _ in calm),
            "bare route",
            tuple(getattr(theirs, quantile) for _, theirs in calm),
            note="one at a time",
        )


def _key(home: Path) -> str:
    command = [sys.executable, "-m", "recommender.engine.cli", "--home", str(home)]
    command += ["keys", "create", "--scope", "server", "--name", "bench"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]


@contextmanager
def _ours(home: Path, *, cache: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "recommender.engine.cli", "--home", str(home), "serve"]
    command += ["--port", url.rpartition(":")[2]]
    settings = {"RAPPORT_SLATE_CACHE_SIZE": str(cache), "RAPPORT_ACCESS_LOG": "false"}
    with _process(command, settings, f"{url}/readyz"):
        yield url


@contextmanager
def _bare(home: Path) -> Iterator[str]:
    from recommender.storage.valkey_server import PrivateValkey

    url = f"http://127.0.0.1:{_free_port()}"
    valkey = PrivateValkey(home)
    socket_path = valkey.start().removeprefix("unix://").partition("?")[0]
    command = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.bare_route:create_bare_app"]
    command += ["--port", url.rpartition(":")[2], "--loop", "uvloop", "--http", "httptools"]
    command += ["--no-access-log", "--log-level", "warning"]
    try:
        with _process(command, {"BENCH_REDIS_SOCKET": socket_path}, f"{url}/bare/anybody"):
            yield url
    finally:
        valkey.stop()


@contextmanager
def _process(command: list[str], settings: dict[str, str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(ready, timeout=5).is_success:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None, f"{command[2]} ended"
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
