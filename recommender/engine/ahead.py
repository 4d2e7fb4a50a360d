"""The mark that all processes of one machine share: the log is ahead of the state store.

Two counters in one small file: *raised* grows whenever something was committed that could not be projected, and
*settled* is what *raised* was before a recovery that succeeded. Equal means: nothing is known to be missing. Readers
look at mapped memory (no system call); writers go through the file, so a full disk is an error and not a signal.
A process that dies leaves the mark raised, and any other one recovers.

A third counter is the version of the catalogue, so that a worker knows without asking that its own is too old.
"""

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import StateUnavailableError

_WORD = struct.Struct("=Q")
_SIZE = 3 * _WORD.size
_CATALOGUE = 2


class LogAhead:
    """The mark in one file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mark = LogAhead.open(Path(folder) / "ahead")
    ...     mark.raise_mark()
    ...     before = mark.is_clear()
    ...     mark.settle(mark.raised())
    ...     after = mark.is_clear()
    ...     mark.close()
    >>> before, after
    (False, True)
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._threads = threading.Lock()
        self._map = mmap.mmap(descriptor, _SIZE, prot=mmap.PROT_READ)
        self._words = memoryview(self._map).cast("Q")

    @classmethod
    def open(cls, path: Path) -> "LogAhead":
        """Open the mark, creating it clear."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with _locked(descriptor):
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
        return cls(descriptor)

    def is_clear(self) -> bool:
        """Whether nothing is known to be missing from the state store."""
        return self._words[0] == self._words[1]

    def raised(self) -> int:
        """Return how often the mark was raised; read it before a recovery begins."""
        return self._words[0]

    def raise_mark(self) -> None:
        """Send every reader of this machine to the log. Must come before the append is acknowledged.

        Raises
        ------
        StateUnavailableError
            The mark cannot be written; the append must not be acknowledged.
        """
        try:
            with self._threads, _locked(self._descriptor):
                os.pwrite(self._descriptor, _WORD.pack(self._words[0] + 1), 0)
        except OSError as error:
            raise StateUnavailableError(
                "the event was stored, but the other workers cannot be told",
                found=str(error),
                remedy="free some disk space and send the event again",
            ) from error

    def settle(self, raised: int) -> None:
        """Note that everything from before the mark stood at ``raised`` is projected."""
        with self._threads, _locked(self._descriptor):
            if raised > self._words[1]:
                os.pwrite(self._descriptor, _WORD.pack(raised), _WORD.size)

    def catalogue(self) -> int:
        """Return the newest version of the catalogue that a process of this machine wrote; 0 at first."""
        return self._words[_CATALOGUE]

    def move_catalogue(self, version: int) -> None:
        """Tell every reader of this machine that the catalogue has this version. Must come before that is acknowledged.

        Raises
        ------
        StateUnavailableError
            It cannot be written; the others learn of it within a second.
        """
        try:
            with self._threads, _locked(self._descriptor):
                if version > self._words[_CATALOGUE]:
                    os.pwrite(self._descriptor, _WORD.pack(version), _CATALOGUE * _WORD.size)
        except OSError as error:
            raise StateUnavailableError(
                "the catalogue was written, but the other workers cannot be told",
                found=str(error),
                remedy="free some disk space; they look for themselves within a second",
            ) from error

    def close(self) -> None:
        """Let go of the file; the mark stays as it is."""
        self._words.release()
        self._map.close()
        os.close(self._descriptor)


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
