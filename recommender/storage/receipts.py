"""Receipts: the stored explanation of each decision, as bytes that only the engine reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.databases import Database
from recommender.storage.erased import ErasedBook
from recommender.storage.head import read_head
from recommender.storage.rows import upsert_rows, upsert_rows_together
from recommender.storage.tables import erased_decisions, receipts
from recommender.types import DecisionId


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """The receipt of one decision. ``customer_id`` is None for an anonymous one."""

    decision_id: DecisionId
    customer_id: str | None
    decided_at: datetime
    content: bytes


def put_receipts(book: ErasedBook, batch: Sequence[StoredReceipt]) -> None:
    """Write receipts durably in one transaction; one that is there already is replaced.

    Of a decision about an erased customer only the id is written, that it was.
    """
    if not batch:
        return
    with book.database.write() as connection:
        gone = _erased_among(book, connection, batch)
        write_receipts(connection, [one for one in batch if one.customer_id not in gone])
        rows = {
            one.decision_id: (one.decision_id, gone[one.customer_id])
            for one in batch
            if one.customer_id is not None and one.customer_id in gone
        }
        upsert_rows(connection, erased_decisions, list(rows.values()))


def _erased_among(book: ErasedBook, connection: Connection, batch: Sequence[StoredReceipt]) -> dict[str, int]:
    """Return who of the customers of some receipts was erased, with the time; keep erasures out until they are written."""
    book.wait_for_erasures(connection)
    if read_head(connection).erased_seq == 0:
        return {}
    asked = {one.customer_id for one in batch if one.customer_id is not None}
    return book.among(connection, asked)


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


def erased_among(database: Database, decision_ids: Sequence[DecisionId]) -> dict[DecisionId, datetime]:
    """Return those of some decisions whose customer was erased, with the time."""
    query = select(erased_decisions).where(database.among(erased_decisions.c.decision_id, list(decision_ids)))
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {DecisionId(row.decision_id): from_microseconds(row.erased_us) for row in rows}


def _stored(decision_id: str, customer_id: str | None, decided_us: int, content: bytes) -> StoredReceipt:
    return StoredReceipt(DecisionId(decision_id), customer_id, from_microseconds(decided_us), bytes(content))
