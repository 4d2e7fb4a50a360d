"""Where the private server of one home keeps its files, and where its socket is.

The address of a unix socket has room for about 100 bytes. A short home keeps its socket in its own ``run``
folder; a long one uses a per-user folder for sockets, under a name derived from the home.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from recommender.errors import StateUnavailableError

SOCKET_PATH_BYTES = 100
"""Longest socket path in use; the limit of the systems is 104 to 108 with the final zero."""


@dataclass(frozen=True, slots=True)
class ValkeyFiles:
    """Paths of the private server: data, log and pid under the home, socket where there is room for it."""

    data: Path
    run: Path
    socket: Path

    @classmethod
    def of(cls, home: Path) -> "ValkeyFiles":
        """Return the paths for a home, and create its folders (readable by their owner only).

        Raises
        ------
        StateUnavailableError
            A folder cannot be created, or the folder for sockets belongs to somebody else.
        """
        root = home.expanduser().resolve()
        files = cls(root / "state", root / "run", socket_path(root))
        try:
            for folder in (root, files.data, files.run):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StateUnavailableError(f"a folder of the home cannot be created: {error}") from error
        return files

    @property
    def log(self) -> Path:
        """What the server reports."""
        return self.run / "valkey.log"

    @property
    def pid(self) -> Path:
        """Process id of the running server."""
        return self.run / "valkey.pid"

    def config(self) -> str:
        """Return the configuration of the server: no network, and every write kept within a second."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "logfile": str(self.log),
            "pidfile": str(self.pid),
            "daemonize": "yes",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{name} {_quoted(value)}\n" for name, value in settings.items())


def socket_path(root: Path) -> Path:
    """Return the socket of a home.

    Examples
    --------
    >>> socket_path(Path("/srv/shop")).as_posix()
    '/srv/shop/run/valkey.sock'
    >>> len(str(socket_path(Path("/" + "long/" * 50)))) <= SOCKET_PATH_BYTES
    True
    """
    inside = root / "run" / "valkey.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES:
        return inside
    name = hashlib.blake2b(os.fsencode(root), digest_size=12).hexdigest()
    return _socket_folder() / f"{name}.sock"


def _socket_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"rapport-{os.getuid()}"
    if len(os.fsencode(folder)) > SOCKET_PATH_BYTES - 32:
        folder = Path("/tmp") / folder.name  # noqa: S108 - private by its permissions, checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or folder.is_symlink():
        raise StateUnavailableError(
            f"the folder for sockets {folder} is not private",
            expected="a folder of this user with permissions 700",
            remedy="remove it, or use a shorter home",
        )
    return folder


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
