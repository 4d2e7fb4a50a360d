"""Creating the tables once, and refusing tables of another layout."""

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Column, Connection, insert, inspect, select, text
from sqlalchemy.schema import CreateColumn

from recommender.errors import LogUnavailableError
from recommender.storage.databases import Database
from recommender.storage.tables import (
    METADATA,
    SCHEMA_VERSION,
    answered_requests,
    erased,
    erased_decisions,
    goodwill,
    links,
    links_of_subjects,
    log_about,
    log_head,
    mentions,
    names,
    playbooks,
    promotions,
    receipts_of_customer,
)

# Any constant will do: processes that open a fresh database at the same moment wait for each other here.
_CREATING = 7_220_713

ADDED_LATER = (
    promotions,
    answered_requests,
    goodwill,
    playbooks,
    mentions,
    erased,
    erased_decisions,
    names,
    links,
)
"""Tables that a log of the same layout may not have yet; earlier versions of Rapport take no notice of them."""


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """What makes this log itself: a random id, and the key under which personal data is sealed."""

    log_id: str
    seal_key: bytes

    def key_for(self, purpose: str) -> bytes:
        """Return a key of 32 bytes: always the same for a purpose and this log, and of no use for another."""
        return hmac.digest(self.seal_key, b"key for " + purpose.encode(), "sha256")

    def seed_of(self, customer_id: str) -> int:
        """Return a number that is always the same for a customer of this log, and says nothing else of them."""
        return int.from_bytes(hmac.digest(self.seal_key, customer_id.encode(), "sha256")[:8], "little")


def prepare_tables(database: Database) -> LogIdentity:
    """Create what is missing and return the identity of the log.

    Raises
    ------
    LogUnavailableError
        The database cannot be reached, is no database, or has tables of another layout.
    """
    with database.write() as connection:
        if database.is_postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATING})
        log_about.create(connection, checkfirst=True)
        row = connection.execute(select(log_about)).one_or_none()
        if row is None:
            return _create(connection)
        _check_layout(row.schema_version, database.place)
        for table in ADDED_LATER:
            table.create(connection, checkfirst=True)
        for index in (receipts_of_customer, links_of_subjects):
            index.create(connection, checkfirst=True)
        _add_column(connection, log_head.c.mentioned_seq)
        _add_column(connection, log_head.c.erased_seq)
        _add_column(connection, log_head.c.people_seq)
        return LogIdentity(log_id=row.log_id, seal_key=bytes(row.seal_key))


def _create(connection: Connection) -> LogIdentity:
    # Without a look first: a table of ours in a database that is not ours belongs to somebody else.
    others = [table for table in METADATA.sorted_tables if table is not log_about]
    METADATA.create_all(connection, tables=others, checkfirst=False)
    identity = LogIdentity(log_id=secrets.token_hex(8), seal_key=secrets.token_bytes(32))
    about = {"log_id": identity.log_id, "seal_key": identity.seal_key}
    connection.execute(insert(log_about), {"id": 1, "schema_version": SCHEMA_VERSION, **about})
    columns = ("seq", "item_count", "catalogue_version", "mentioned_seq", "people_seq", "erased_seq")
    connection.execute(insert(log_head), {"id": 1, **dict.fromkeys(columns, 0)})
    return identity


def _add_column(connection: Connection, column: Column[int]) -> None:
    """Add a column that a log of the same layout may not have yet: with a default, so that earlier versions go on writing."""
    table = column.table.name
    if any(known["name"] == column.name for known in inspect(connection).get_columns(table)):
        return
    added = CreateColumn(column).compile(dialect=connection.dialect)
    connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {added}"))


def _check_layout(found: int, place: str) -> None:
    if found != SCHEMA_VERSION:
        raise LogUnavailableError(
            f"the tables of the log at {place} have another layout",
            expected=f"layout {SCHEMA_VERSION}",
            found=f"layout {found}",
            remedy="open it with the version of Rapport that wrote it, or a newer one",
        )
