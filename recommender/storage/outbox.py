"""The outbox: customers whose newest events are not in the state store yet.

A row is written with the events, so it survives any crash; it is taken out when the state is projected. Taking
out need not be durable at once (projecting twice is harmless), so it travels with the next append.
"""

import threading
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, select

from recommender.storage.databases import Database
from recommender.storage.head import lock_head
from recommender.storage.tables import outbox
from recommender.types import CustomerId

_ROWS_IN_MEMORY = 5_000


class Outbox:
    """The rows of the outbox, and those of this process that only wait to be taken out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._done: dict[str, int] = {}
        self._gate = threading.Lock()

    def projected(self, pairs: Iterable[tuple[CustomerId, int]]) -> None:
        """Note that these customers are projected up to these versions."""
        with self._gate:
            for customer_id, version in pairs:
                self._done[customer_id] = max(version, self._done.get(customer_id, 0))
            is_full = len(self._done) > _ROWS_IN_MEMORY
        if is_full:
            self.flush()

    def take(self) -> list[tuple[str, int]]:
        """Return what waits to be taken out, once."""
        with self._gate:
            done, self._done = self._done, {}
        return sorted(done.items())

    def flush(self) -> None:
        """Take out now what waits."""
        done = self.take()
        if done:
            with self._database.write() as connection:
                lock_head(connection)
                forget_projected(connection, done)

    def pending(self) -> list[tuple[CustomerId, int]]:
        """Return the customers to be projected with their newest version, longest waiting first."""
        self.flush()
        query = select(outbox.c.customer_id, outbox.c.version).order_by(outbox.c.version)
        with self._database.read() as connection:
            return [(CustomerId(who), version) for who, version in connection.execute(query)]


def forget_projected(connection: Connection, pairs: Sequence[tuple[str, int]]) -> None:
    """Take customers out of the outbox unless a newer event put them there again."""
    if pairs:
        is_done = (outbox.c.customer_id == bindparam("who")) & (outbox.c.version <= bindparam("upto"))
        connection.execute(delete(outbox).where(is_done), [{"who": who, "upto": v} for who, v in pairs])
