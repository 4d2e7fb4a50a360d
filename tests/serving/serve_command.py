"""``rapport serve`` as a process of its own, as an operator starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

_RUN = """
import sys, typer
from recommender.engine.cli import build_app, run
from serving.commands import keys, serve, state
app, _ = build_app([])
for room in (keys, serve, state): room.register(app)
sys.exit(run(app))
"""


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment in which nothing but this home is set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RAPPORT_", "PROMETHEUS_", "MLFLOW_TRACKING_URI"))
    }
    return {**kept, "RAPPORT_HOME": str(home), "RAPPORT_MODEL_POLL_SECONDS": "0.3", **variables}


def rapport(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-c", _RUN, *arguments],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class ServeCommand:
    """A running ``rapport serve``; ``url`` is what it printed."""

    def __init__(self, home: Path, *arguments: str, **variables: str) -> None:
        self._command = [sys.executable, "-u", "-c", _RUN, "serve", "--port", "0", *arguments]
        self._environment = environment(home, **variables)
        self._errors = (home / "serve.stderr").open("w+")
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        assert self.process.stdout is not None
        while not any("Documentation" in line for line in self.lines):
            line = self.process.stdout.readline()
            assert line, f"rapport serve ended: {self.errors()}"
            self.lines.append(line)
        found = re.search(r"at (http://\S+)", self.lines[0])
        assert found, self.lines
        self.url = found[1]
        self._wait_until_alive()
        return self

    def _wait_until_alive(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/livez", timeout=60).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(f"rapport serve does not answer: {self.errors()}")

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def errors(self) -> str:
        """Return what it wrote to standard error so far."""
        self._errors.flush()
        return Path(self._errors.name).read_text()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()
