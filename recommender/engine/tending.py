"""Keeping the state store alive and trustworthy, whatever happens to it."""

from recommender.engine.recovery import Recovery
from recommender.errors import StateUnavailableError
from recommender.storage.valkey_server import PrivateValkey


class StateTending:
    """One round of looking after the store; remembers whether it can be believed."""

    def __init__(self, recovery: Recovery, private: PrivateValkey | None) -> None:
        self._recovery = recovery
        self._private = private
        self._is_trusted = False

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
        try:
            found = self._tend()
        except BaseException:
            self._is_trusted = False
            raise
        if found is not None:
            self._is_trusted = found
        return self._is_trusted

    def stop(self) -> None:
        """Give up a recovery that is running."""
        self._recovery.stop()

    def _tend(self) -> bool | None:
        try:
            return self._recovery.tend()
        except StateUnavailableError:
            if self._private is None or self._private.is_running():
                raise
        self._private.start()
        return self._recovery.tend()
