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


def receipt_of(database: Database, decision_id: DecisionId) -> StoredReceipt | None:
    """Return the receipt of a decision, or None when there is none (inbound ones may be lost in a crash)."""
    with database.read() as connection:
        row = connection.execute(select(receipts).where(receipts.c.decision_id == decision_id)).one_or_none()
    if row is None:
        return None
    decided_at = from_microseconds(row.decided_us)
    return StoredReceipt(row.decision_id, row.customer_id, decided_at, bytes(row.content))
