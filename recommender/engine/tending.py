"""Keeping the state store alive and trustworthy, whatever happens to it."""

import logging

from recommender.engine.recovery import Recovery
from recommender.errors import StateUnavailableError
from recommender.storage.valkey_server import PrivateValkey

_LOGGER = logging.getLogger(__name__)


class StateTending:
    """One round of looking after the store; remembers whether it can be believed."""

    def __init__(self, recovery: Recovery, private: PrivateValkey | None) -> None:
        self._recovery = recovery
        self._private = private
        self._is_trusted = False
        self._is_new = True

    @property
    def is_trusted(self) -> bool:
        """Whether the store could be believed when it was last looked after."""
        return self._is_trusted

    def tend(self) -> bool:
        """Start the private server again when it died, recover what is needed, and say whether all is well.

        Raises
        ------
        StateUnavailableError
            The store does not answer; readers ask the log until it does.
        """
        recoveries = self._recovery.recoveries
        try:
            found = self._tend()
        except BaseException as error:
            self._now(False, f"{error}")
            raise
        if found is not None:
            self._now(
                found and self._recovery.recoveries == recoveries, "its server was restarted or emptied"
            )
            self._now(found, "it is not up to date")
        return self._is_trusted

    def _now(self, is_trusted: bool, reason: str) -> None:
        """Remember, and say it when it is news; the first trust of a process is none."""
        if is_trusted and not self._is_trusted and not self._is_new:
            _LOGGER.info("the state store is up to date again; answers come from it")
        elif self._is_trusted and not is_trusted:
            _LOGGER.warning(
                "the state store was lost: %s; answers come from the log until it is back", reason
            )
        self._is_new = self._is_new and not is_trusted
        self._is_trusted = is_trusted

    def stop(self) -> None:
        """Give up a recovery that is running."""
        self._recovery.stop()

    def _tend(self) -> bool | None:
        try:
            return self._recovery.tend()
        except StateUnavailableError as error:
            if self._private is None or self._private.is_running():
                raise
            self._now(False, f"{error}")
        self._private.start()
        return self._recovery.tend()
