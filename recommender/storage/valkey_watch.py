"""Ends the private Valkey server of a home whose users were all killed.

Runs as a small process of its own, by path and with nothing but the standard library: a user that is killed with
``kill -9`` can stop nothing any more, and no system ends a server when the *last* of several users dies. The watcher
sleeps until nobody holds ``valkey.users``, which costs nothing, and then stops the server unless somebody came back.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

END_SECONDS = 10.0


def watch(pid: int, run: Path, data: Path) -> None:
    """Wait until this server has no user left, and end it.

    Parameters
    ----------
    pid
        The server; another one that was started meanwhile has a watcher of its own.
    run
        Folder with ``valkey.lock`` and ``valkey.users``.
    data
        Working folder of the server.
    """
    while is_valkey(pid, data):
        _wait_for_nobody(run)
        # In the order of every starter and leaver, or they and we would wait for each other.
        with (run / "valkey.lock").open("ab") as lock, (run / "valkey.users").open("ab") as users:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _end(pid, data)
            return


def is_valkey(pid: int, data: Path) -> bool:
    """Whether a process is the live server of this data; a number in an old file may belong to anybody by now."""
    if Path("/proc/self").exists():
        process = Path("/proc") / str(pid)
        try:
            folder = str((process / "cwd").readlink()).removesuffix(" (deleted)")
            return (process / "exe").readlink().name.startswith("valkey-server") and folder == str(data)
        except OSError:  # gone, a stranger's, or dead and not yet reaped
            return False
    command = ["ps", "-o", "stat=,comm=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return found.endswith("valkey-server") and not found.startswith("Z")


def _wait_for_nobody(run: Path) -> None:
    with (run / "valkey.users").open("ab") as users:
        fcntl.flock(users, fcntl.LOCK_EX)


def _end(pid: int, data: Path) -> None:
    """Let the server write what it has, and insist when it does not end."""
    deadline = time.monotonic() + END_SECONDS
    for kind in (signal.SIGTERM, signal.SIGKILL):
        if is_valkey(pid, data):
            os.kill(pid, kind)
        while is_valkey(pid, data) and time.monotonic() < deadline:
            time.sleep(0.05)


if __name__ == "__main__":
    if os.fork():  # the starter need not wait for us, nor clear us away
        os._exit(0)
    os.setsid()
    try:
        watch(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
    except OSError:  # the home was removed: nothing to look after, and nobody to tell
        sys.exit(1)
