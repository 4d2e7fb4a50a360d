"""A small thread that does one thing again and again, and sooner when it is asked to."""

import logging
import threading
import time
from collections.abc import Callable

from recommender.errors import RapportError

_LOGGER = logging.getLogger(__name__)


class Periodic:
    """Calls ``action`` every ``seconds``; an error is logged once, and the next call comes all the same.

    Parameters
    ----------
    shortest_seconds
        Least pause between two calls, however often :meth:`poke` is called.
    """

    def __init__(
        self, name: str, action: Callable[[], object], *, seconds: float, shortest_seconds: float = 0.05
    ) -> None:
        self._action = action
        self._seconds = seconds
        self._shortest = shortest_seconds
        self._wanted = threading.Event()
        self._is_closing = False
        self._last_error = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def poke(self) -> None:
        """Ask for a call soon."""
        self._wanted.set()

    def close(self) -> None:
        """Let a running call finish, and end."""
        self._is_closing = True
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closing:
            self._call()
            time.sleep(self._shortest)
            self._wanted.wait(self._seconds)
            self._wanted.clear()

    def _call(self) -> None:
        try:
            self._action()
        except RapportError as error:
            self._report(str(error))
        except Exception:
            _LOGGER.exception("%s failed; it will be tried again", self._thread.name)
        else:
            self._last_error = ""

    def _report(self, message: str) -> None:
        if message != self._last_error:
            self._last_error = message
            _LOGGER.warning("%s: %s", self._thread.name, message)
