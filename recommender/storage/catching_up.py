"""Bringing an index beside the events up to the last event: of a log that is older than the index, or that older processes wrote."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from recommender.storage.databases import Database
from recommender.storage.head import Head, read_head

_SECONDS_BETWEEN_WORDS: Final = 2.0
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Index:
    """One index beside the events.

    Attributes
    ----------
    what
        What it notes, for who waits.
    complete_until
        The event up to which it is complete.
    step
        Notes what some further events say, under the lock of the head, and returns the head as it is then.
    """

    what: str
    complete_until: Callable[[Head], int]
    step: Callable[[Connection], Head]

    def catch_up(self, database: Database) -> None:
        """Bring it up to the last event, in short transactions between which others may write; say so when it takes long.

        Raises
        ------
        LogUnavailableError
            The log does not answer; what was filled stays.
        """
        with database.read() as connection:
            head = read_head(connection)
        told_at = time.monotonic()
        while self.complete_until(head) < head.seq:
            with database.write() as connection:
                head = self.step(connection)
            if time.monotonic() - told_at > _SECONDS_BETWEEN_WORDS:
                told_at = time.monotonic()
                done = f"{self.complete_until(head):,}"
                _LOGGER.warning("noting %s, once: %s of %s events", self.what, done, f"{head.seq:,}")
