"""What an engine is made of: opened together, closed together."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from recommender.engine.ahead import LogAhead
from recommender.engine.home import Home
from recommender.engine.playbooks import PlaybookFile
from recommender.engine.settings import Settings
from recommender.errors import StateUnavailableError
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore
from recommender.storage.valkey_server import PrivateValkey

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineParts:
    """The home, the log, the state store with its private server if there is one, the mark beside them, the playbook."""

    home: Home
    log: EventLog
    store: StateStore
    private: PrivateValkey | None
    ahead: LogAhead
    playbook: PlaybookFile


def open_parts(settings: Settings, clock: Callable[[], datetime]) -> EngineParts:
    """Open the installation that the settings name.

    Raises
    ------
    LogUnavailableError
        The log cannot be opened. A state store that does not answer is no error.
    InvalidInputError
        The home cannot be used.
    """
    home = settings.home_folder()
    log = EventLog.open(settings.log_url(home), clock=clock, wait_seconds=settings.log_wait_seconds)
    try:
        private = PrivateValkey(home.root) if settings.redis_url is None else None
        store = StateStore.open(
            _state_url(settings, private),
            namespace=settings.state_namespace or f"rapport:{log.log_id}",
            timeout_seconds=settings.state_timeout_seconds,
        )
        ahead = LogAhead.open(home.run / "log-ahead")
        return EngineParts(home, log, store, private, ahead, PlaybookFile.of(settings))
    except BaseException:
        log.close()
        raise


def _state_url(settings: Settings, private: PrivateValkey | None) -> str:
    if private is None:
        return str(settings.redis_url)
    try:
        return private.start()
    except StateUnavailableError as error:
        _LOGGER.warning("%s; answers come from the log", error)
        return private.url
