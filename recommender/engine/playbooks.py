"""Following the playbook's file: loaded at the start, and again within a second of every change.

A file that cannot be used changes nothing: the playbook before it keeps serving, also over restarts, because every one
that ever served is in the log. The problem is logged, with its lines, and told by :attr:`PlaybookFollower.problem`.
"""

import errno
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from recommender.engine.settings import Settings
from recommender.errors import LogUnavailableError, NotFoundError, PlaybookError
from recommender.playbook.model import Playbook
from recommender.playbook.reading import LARGEST_BYTES, default_playbook, read_playbook
from recommender.storage.log import EventLog

NONE: Final = "none"
"""Version of the built-in playbook, which serves where nobody declared one."""

_LOGGER = logging.getLogger(__name__)
_Stamp: TypeAlias = tuple[int, int, int, int] | None
"""What a changed file has another one of: its times, size and inode; None: there is no file."""


@dataclass(frozen=True, slots=True)
class PlaybookFile:
    """Where the playbook is; ``is_named``: somebody said so, and misses it when it is not there."""

    path: Path
    is_named: bool

    @classmethod
    def of(cls, settings: Settings) -> "PlaybookFile":
        """Return the file of an installation."""
        return cls(settings.playbook_file(), settings.playbook is not None)

    def stamp(self) -> _Stamp:
        """Return what tells this file from a changed one; cheap."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    def read(self) -> bytes:
        """Return its bytes, one more than the largest playbook has at most.

        Raises
        ------
        OSError
            It cannot be read. What is no file but waits for somebody to write into it is not opened.
        """
        if not self.path.is_file():
            raise OSError(errno.EINVAL, "it is no regular file")
        with self.path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)


class PlaybookFollower:
    """Holds the playbook that serves, and looks for a newer one when it is asked to.

    Attributes
    ----------
    problem
        What is wrong with the file while an older playbook serves, with its lines; None: nothing.
    """

    def __init__(self, log: EventLog, file: PlaybookFile) -> None:
        self._log = log
        self._file = file
        self._stamp: _Stamp = None
        self._unrecorded: bytes | None = None
        self._is_unread = False
        self.current = default_playbook()
        self.problem: str | None = None
        self._start()

    @property
    def is_declared(self) -> bool:
        """Whether a marketer declared what serves; otherwise it is what a fresh home does."""
        return self.current.version != NONE

    def look(self) -> bool:
        """Read the file if it changed; say whether another playbook serves now.

        Raises
        ------
        LogUnavailableError
            The playbook serves, and cannot be kept for replays yet; to be called again.
        """
        before = self.current
        stamp = self._file.stamp()
        if stamp != self._stamp or self._is_unread:
            self._stamp = stamp
            self._read(stamp)
        self._record()
        return self.current is not before

    def _start(self) -> None:
        self._stamp = self._file.stamp()
        if self._stamp is None and not self._file.is_named and self._log.newest_playbook() is None:
            return
        self._read(self._stamp)
        if self.is_declared:
            # A log that cannot be written still answers; look() tries again.
            with suppress(LogUnavailableError):
                self._record()
        else:
            self._serve_stored()

    def _read(self, stamp: _Stamp) -> None:
        self._is_unread = False
        if stamp is None:
            self._refuse(f"the playbook {self._file.path} is not there")
            return
        try:
            content = self._file.read()
            playbook = read_playbook(content)
        except OSError as error:
            self._is_unread = True  # what keeps it from being read may end without a change of the file
            self._refuse(f"the playbook {self._file.path} cannot be read: {error.strerror}")
        except PlaybookError as error:
            self._refuse(f"the playbook {self._file.path} cannot be used: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a file does to its reader, the one before keeps serving
            self._refuse(f"the playbook {self._file.path} cannot be used: {type(error).__name__}: {error}")
        else:
            self._serve(playbook, content)

    def _serve(self, playbook: Playbook, content: bytes) -> None:
        self.problem = None
        if playbook.version != self.current.version:
            self.current = playbook
            self._unrecorded = content
            _LOGGER.info("playbook %s (%s) serves", playbook.version[:12], playbook.name)

    def _refuse(self, problem: str) -> None:
        if problem != self.problem:
            _LOGGER.warning("%s; the one before keeps serving", problem)
        self.problem = problem

    def _record(self) -> None:
        if self._unrecorded is not None:
            self._log.put_playbook(self.current.version, self._unrecorded)
            self._unrecorded = None

    def _serve_stored(self) -> None:
        """Serve what served last: rules that were once declared must not be forgotten for a slip in a file."""
        stored = self._log.newest_playbook()
        if stored is None:
            return
        try:
            self.current = read_playbook(stored.content)
        except PlaybookError as error:
            _LOGGER.warning("the playbook that served last cannot be read any more: %s", error)


def stored_playbook(log: EventLog, version: str) -> Playbook:
    """Return a playbook that served once.

    Raises
    ------
    NotFoundError
        It never did here.
    """
    if version == NONE:
        return default_playbook()
    stored = log.playbook(version)
    if stored is None:
        raise NotFoundError(
            "this playbook never served here", expected="a version that did", found=version[:64]
        )
    return read_playbook(stored.content)
