"""A real browser for the pages: the Chromium of this machine, driven over the pipe that it offers, without any package."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

CHROMIUM: Final = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
"""Where it is; None: there is none, and the tests of the pages are not collected."""

_FLAGS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    # No name means anything: a page that needs somebody else's server does not work.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_BECOME: Final = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
"""It reads commands from 3 and writes answers to 4."""


class Page:
    """One tab of a browser of its own.

    Attributes
    ----------
    asked_for
        Every address that it asked for.
    complaints
        What it wrote on its console as an error, and what its scripts did not catch.
    """

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        self.asked_for: list[str] = []
        self.complaints: list[str] = []
        its_in, self._out = os.pipe()
        self._in, its_out = os.pipe()
        command = [sys.executable, "-c", _BECOME, str(its_in), str(its_out)]
        self._process = subprocess.Popen(
            [*command, CHROMIUM, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(its_in, its_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_in)
        os.close(its_out)
        self._messages = self._read()
        self._number = 0
        self._session: str | None = None

    def __enter__(self) -> Self:
        try:
            target = self._do("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for part in ("Network", "Page", "Runtime", "Log"):
                self._do(f"{part}.enable")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_exc_info: object) -> None:
        """Close the browser."""
        self._session = None
        try:
            self._do("Browser.close")
            self._process.wait(20)
        finally:
            self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def open(self, url: str) -> None:
        """Go to an address."""
        self._do("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """Return what a script of the page comes to, as JSON."""
        done = self._do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait_for(self, condition: str, *, seconds: float = 20.0) -> None:
        """Wait until a script of the page comes to something true; a page that is on its way has no body yet."""
        deadline = time.monotonic() + seconds
        while not self.run(f"document.body !== null && ({condition})"):
            assert time.monotonic() < deadline, f"never: {condition}; complaints: {self.complaints}"
            time.sleep(0.05)

    def _do(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        where = {} if self._session is None else {"sessionId": self._session}
        message = {"id": self._number, "method": method, "params": parameters, **where}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        for answer in self._messages:
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])
            self._note(answer)
        raise AssertionError("the browser ended")

    def _note(self, event: dict[str, Any]) -> None:
        said = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.asked_for.append(said["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(said["exceptionDetails"]["text"])
            case "Log.entryAdded" if said["entry"]["level"] == "error":
                self.complaints.append(f"{said['entry']['text']} {said['entry'].get('url', '')}")

    def _read(self) -> Iterator[dict[str, Any]]:
        buffer = b""
        answers = select.poll()  # not select(): a run of all tests has more than a thousand files open
        answers.register(self._in, select.POLLIN)
        while True:
            assert answers.poll(60_000), "the browser does not answer"
            data = os.read(self._in, 65_536)
            if not data:
                return
            *whole, buffer = (buffer + data).split(b"\0")
            yield from map(json.loads, whole)
