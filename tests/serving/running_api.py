"""The real API over real HTTP: uvicorn in a thread, SQLite, and a private Valkey server in a home of its own."""

import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from recommender.engine.opening import open_log
from recommender.storage.clock import utc_now
from serving.app import create_app
from serving.auth.keys import NewKey, new_key
from serving.running import listen
from serving.settings import ServingSettings


class RunningApi:
    """One API process, as far as its clients can tell."""

    def __init__(self, settings: ServingSettings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.app = create_app(settings, clock=clock)
        self._clients: list[httpx.Client] = []
        self._listener = listen("127.0.0.1", 0)
        self._socket: socket.socket = self._listener.__enter__()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self.app,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_level="error",
            access_log=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 90
        while not self._server.started:
            assert self._thread.is_alive(), "the API did not start"
            assert time.monotonic() < deadline, "the API takes too long to start"
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(timeout=30)
        self._listener.__exit__(kind, error, trace)
        assert not self._thread.is_alive(), "the API does not stop"

    def make_key(self, *scopes: str, origins: tuple[str, ...] = ()) -> NewKey:
        """Store a key as the command line does."""
        made = new_key("test", scopes, origins, utc_now())
        log = open_log(self.settings)
        try:
            log.put_key(made.record)
        finally:
            log.close()
        return made

    def revoke(self, key: NewKey) -> None:
        """Revoke a key as the command line does."""
        log = open_log(self.settings)
        try:
            log.revoke_key(key.record.prefix)
        finally:
            log.close()

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """Return a client that sends this key; closed with the API."""
        sent = dict(headers) if key is None else {"authorization": f"Bearer {key}", **headers}
        client = httpx.Client(base_url=self.url, headers=sent, timeout=30, verify=_certificates())
        self._clients.append(client)
        return client


@cache
def _certificates() -> ssl.SSLContext:
    """What a client would read for itself, in 30 ms each, though it speaks plain HTTP."""
    return ssl.create_default_context()


def settings_for(home: Path, **given: Any) -> ServingSettings:
    """Return settings of a home that hears nothing of the environment."""
    chosen = {"mlflow_tracking_uri": "", **given}
    return ServingSettings(home=home, access_log=False, model_poll_seconds=0.2, **chosen)


def copied(home: Path, target: Path) -> Path:
    """Copy a home that nobody uses, without what belongs to running processes."""
    shutil.copytree(home, target, ignore=shutil.ignore_patterns("run", "state"))
    return target


def eventually(condition: Callable[[], object], *, seconds: float = 60.0, what: str = "it") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} seconds"
        time.sleep(0.02)
