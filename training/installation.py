"""The parts of one installation that a training command opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from recommender.engine.home import Home
from recommender.engine.settings import Settings
from recommender.storage.log import EventLog
from training.registry import Registry


@dataclass(frozen=True, slots=True)
class Installation:
    """The home that the environment names, and where its parts are.

    Attributes
    ----------
    settings
        What was set.
    home
        Its folders, which exist.
    """

    settings: Settings
    home: Home

    @classmethod
    def named(cls) -> "Installation":
        """Return the installation of ``RAPPORT_HOME`` and the other variables.

        Raises
        ------
        InvalidInputError
            When a setting does not fit.
        """
        settings = Settings.load()
        return cls(settings, settings.home_folder())

    def registry(self) -> Registry:
        """Return the registry, not connected yet."""
        home = self.home
        return Registry(
            self.settings.tracking_uri(home), bundles=home.bundles, artifacts=home.mlflow_artifacts
        )

    @contextmanager
    def open_log(self) -> Iterator[EventLog]:
        """Open the log.

        Raises
        ------
        LogUnavailableError
            When it does not answer.
        """
        log = EventLog.open(self.settings.log_url(self.home))
        try:
            yield log
        finally:
            log.close()
