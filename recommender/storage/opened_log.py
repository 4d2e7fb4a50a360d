"""The database of one log, opened: what every subject of the log stands on."""

from collections.abc import Callable
from datetime import datetime

from recommender.storage import mentions, people
from recommender.storage.appending import LogParts
from recommender.storage.databases import Database
from recommender.storage.erasing import Erasures
from recommender.storage.numbers import ItemNumbers
from recommender.storage.schema import prepare_tables


class OpenedLog:
    """The database of one log, its clock, identity, numbers and erasures."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        identity = prepare_tables(database)
        mentions.caught_up(database)
        people.caught_up(database)
        self.log_id = identity.log_id
        self._identity = identity
        self.numbers = ItemNumbers(database)
        self.erasures = Erasures.of_log(database, identity, clock)
        self._parts = LogParts(database, self.numbers, self.erasures.book)
