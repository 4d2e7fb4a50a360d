"""Who was erased: a keyed hash per customer, which keeps their events out. No id is kept.

The key is the log's own (:meth:`LogIdentity.key_for`), so that every process knows it, and a copy of the table alone says
nothing: whoever has an id *and* the log's key can ask whether it was erased, and no more.
"""

import hmac
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text

from recommender.storage.clock import from_microseconds
from recommender.storage.databases import Database
from recommender.storage.head import read_head
from recommender.storage.tables import erased

# Any constant that nobody else uses.
_ERASING: Final = 7_220_714


@dataclass(frozen=True, slots=True)
class Erasure:
    """What stays of an erasure.

    Attributes
    ----------
    seq
        Its place in the log.
    reason
        As it was given; None without one.
    events, decisions
        How many were removed.
    """

    seq: int
    erased_at: datetime
    reason: str | None
    events: int
    decisions: int

    @property
    def was_known(self) -> bool:
        """Whether there was anything to remove."""
        return self.events + self.decisions > 0


@dataclass(frozen=True, slots=True)
class ErasedBook:
    """Looks up who was erased from one log. ``key`` is that of its hashes."""

    database: Database
    key: bytes

    def mark_of(self, customer_id: str) -> str:
        """Return the hash of a customer: HMAC-SHA256, 64 hexadecimal digits."""
        return hmac.digest(self.key, customer_id.encode(), "sha256").hex()

    def among(self, connection: Connection, customer_ids: Set[str]) -> dict[str, int]:
        """Return who of some customers was erased, with the time, microseconds since 1970."""
        if not customer_ids:
            return {}
        marks = {self.mark_of(customer_id): customer_id for customer_id in customer_ids}
        is_asked = self.database.among(erased.c.mark, list(marks))
        query = select(erased.c.mark, erased.c.erased_us).where(is_asked)
        return {marks[mark]: erased_us for mark, erased_us in connection.execute(query)}

    def find(self, connection: Connection, customer_id: str) -> Erasure | None:
        """Return how a customer was erased, or None."""
        query = select(erased).where(erased.c.mark == self.mark_of(customer_id))
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Erasure(row.seq, from_microseconds(row.erased_us), row.reason, row.events, row.decisions)

    def of(self, customer_id: str) -> Erasure | None:
        """Return how a customer was erased, or None."""
        with self.database.read() as connection:
            return self.find(connection, customer_id)

    def last_seq(self) -> int:
        """Return the place in the log of the last erasure, 0 when there was none; cheap enough to ask every second."""
        with self.database.read() as connection:
            return read_head(connection).erased_seq

    # Appends and erasures exclude each other by the head of the log. Receipts are written without locking it.

    def wait_for_receipts(self, connection: Connection) -> None:
        """Let receipts that are being written be finished, and no others begin until this transaction ends."""
        self._advise(connection, "pg_advisory_xact_lock")

    def wait_for_erasures(self, connection: Connection) -> None:
        """Let an erasure that is running be finished, and no other begin until this transaction ends."""
        self._advise(connection, "pg_advisory_xact_lock_shared")

    def _advise(self, connection: Connection, function: str) -> None:
        # SQLite has one writer at a time anyway.
        if self.database.is_postgresql:
            connection.execute(text(f"SELECT {function}(:key)"), {"key": _ERASING})
