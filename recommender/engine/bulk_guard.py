"""Knowing that a bulk load is running somewhere on this machine, also when it was killed."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BulkGuard:
    """A lock file: loads share it, a recovery needs it for itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Keep recoveries away; waits for one that is running."""
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield

    @contextmanager
    def recovering(self) -> Iterator[bool]:
        """Keep loads from starting; yields ``False`` when one is running, or another recovery is."""
        with self._path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
