"""Receipts: the stored explanation of each decision, as bytes that only the engine reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.databases import Database
from recommender.storage.rows import upsert_rows_together
from recommender.storage.tables import receipts
from recommender.types import DecisionId


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """The receipt of one decision. ``customer_id`` is None for an anonymous one."""

    decision_id: DecisionId
    customer_id: str | None
    decided_at: datetime
    content: bytes


def put_receipts(database: Database, batch: Sequence[StoredReceipt]) -> None:
    """Write receipts durably in one transaction; one that is there already is replaced."""
    if batch:
        with database.write() as connection:
            write_receipts(connection, batch)


def write_receipts(connection: Connection, batch: Sequence[StoredReceipt]) -> None:
    """Write receipts in a transaction; one that is there already is replaced."""
    rows = {
        receipt.decision_id: (
            receipt.decision_id,
            receipt.customer_id,
            to_microseconds(receipt.decided_at),
            receipt.content,
        )
        for receipt in batch
    }
    upsert_rows_together(connection, receipts, [rows[decision_id] for decision_id in sorted(rows)])


def receipts_of(database: Database, decision_ids: Sequence[DecisionId]) -> dict[DecisionId, StoredReceipt]:
    """Return the receipts of decisions; those that have none are left out (inbound ones may be lost in a crash)."""
    query = select(receipts).where(database.among(receipts.c.decision_id, list(decision_ids)))
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {DecisionId(row[0]): _stored(*row) for row in rows}


def _stored(decision_id: str, customer_id: str | None, decided_us: int, content: bytes) -> StoredReceipt:
    return StoredReceipt(DecisionId(decision_id), customer_id, from_microseconds(decided_us), bytes(content))
