"""Runs ``rapport`` commands as a person would, on the home of the demo."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from recommender.errors import RapportError, UnavailableError

_KEY = re.compile(r"\brk_\w+")
_START_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Rapport:
    """The command line, bound to one home and one moment."""

    home: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str) -> None:
        """Run a command with its output on this terminal.

        Raises
        ------
        RapportError
            The command failed; it has said why itself.
        """
        finished = subprocess.run(self._command(arguments), env=self._environment(), check=False)
        if finished.returncode:
            raise RapportError(
                f"rapport {arguments[0]} failed",
                expected="exit code 0",
                found=str(finished.returncode),
                remedy="read its message above, then run the demo again: it continues where it stopped",
            )

    def printed_by(self, *arguments: str) -> str:
        """Run a command and return what it printed."""
        finished = subprocess.run(
            self._command(arguments), env=self._environment(), check=True, stdout=subprocess.PIPE, text=True
        )
        return finished.stdout

    def new_key(self, scope: str) -> str:
        """Create an API key and return it."""
        found = _KEY.search(self.printed_by("keys", "create", "--scope", scope, "--name", "demo"))
        if found is None:
            raise RapportError("rapport keys create printed no key")
        return found.group()

    @contextmanager
    def meanwhile(self, *arguments: str) -> Iterator[None]:
        """Run a command beside a block, silently; afterwards wait for it a while. Its failure is nobody's."""
        with (self.home / f"demo-{arguments[0]}.log").open("w") as output:
            beside = subprocess.Popen(
                self._command(arguments), env=self._environment(), stdout=output, stderr=output
            )
            try:
                yield
                with suppress(subprocess.TimeoutExpired):
                    beside.wait(timeout=_START_SECONDS)
            finally:
                beside.kill()
                beside.wait()

    @contextmanager
    def serving(self, port: int) -> Iterator[str]:
        """Serve until the block ends; give the base URL once the API is ready."""
        url = f"http://127.0.0.1:{port or _free_port()}"
        command = self._command(("serve", "--host", "127.0.0.1", "--port", url.rpartition(":")[2]))
        log = self.home / "demo-serve.log"
        with log.open("w") as output:
            server = subprocess.Popen(command, env=self._environment(), stdout=output, stderr=output)
            try:
                _wait_until_ready(url, server, log)
                yield url
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(timeout=30)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "recommender.engine.cli", "--home", str(self.home), *arguments]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(timeout=5) as client:  # one for all: making it reads every certificate
        while time.monotonic() < deadline and server.poll() is None:
            with suppress(httpx.TransportError):
                if client.get(f"{url}/readyz").is_success:
                    return
            time.sleep(0.1)
    raise UnavailableError(
        "the API did not become ready",
        expected=f"200 from {url}/readyz within {_START_SECONDS} s",
        found="\n" + log.read_text()[-2000:],
    )
