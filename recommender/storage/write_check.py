"""Whether the log can be written now: what the last write met, and a small write of our own now and then."""

import threading
import time
from collections.abc import Callable

from recommender.errors import LogUnavailableError
from recommender.storage.databases import Database

EVERY_SECONDS = 5.0
"""Least pause between two trials; whoever asks sooner gets the last result."""

REMEMBERED_SECONDS = 30.0
"""A write that failed counts for this long, or until another one succeeds."""


class WriteCheck:
    """Answers for any number of callers; one at a time tries."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._trying = threading.Lock()
        self._next = 0.0
        self._found: LogUnavailableError | None = None

    def check(self) -> None:
        """Return when the log can be written, as far as anybody can know.

        Raises
        ------
        LogUnavailableError
            The last write failed a moment ago, or the trial does.
        """
        self._try_now_and_then()
        failure = self._database.write_failure(REMEMBERED_SECONDS) or self._found
        if failure is not None:
            raise LogUnavailableError(
                failure.message, found=failure.found, remedy=failure.remedy
            ) from failure

    def _try_now_and_then(self) -> None:
        if self._clock() < self._next or not self._trying.acquire(blocking=False):
            return
        try:
            self._database.try_write()
            self._found = None
        except LogUnavailableError as error:
            self._found = error
        finally:
            self._next = self._clock() + EVERY_SECONDS
            self._trying.release()
