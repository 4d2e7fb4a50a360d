"""Opening only what a job needs."""

from collections.abc import Callable
from datetime import datetime

from recommender.engine.settings import Settings
from recommender.storage.clock import utc_now
from recommender.storage.log import EventLog


def open_log(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> EventLog:
    """Open the log that the settings name, without a state store: for jobs that only read, and for keys.

    Raises
    ------
    LogUnavailableError
        It cannot be opened.
    """
    return EventLog.open(settings.log_url(settings.home_folder()), clock=clock)
