"""The head of the log: the one row that every write locks first."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from recommender.storage.tables import log_head


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log has come: last ``seq``, count of numbered items, version of the catalogue.

    ``mentioned_seq`` is the event up to which the table of mentions is complete, ``erased_seq`` the place of the last
    erasure (0: nobody was ever erased).
    """

    seq: int
    items: int
    catalogue_version: int
    mentioned_seq: int
    erased_seq: int


def read_head(connection: Connection) -> Head:
    """Return the head as committed."""
    return _head(connection, lock=False)


def lock_head(connection: Connection) -> Head:
    """Return the head and keep every other writer out until this transaction ends."""
    return _head(connection, lock=True)


def move_head(connection: Connection, head: Head) -> None:
    """Write the head; it must have been locked by this transaction."""
    values = {
        "seq": head.seq,
        "item_count": head.items,
        "catalogue_version": head.catalogue_version,
        "mentioned_seq": head.mentioned_seq,
        "erased_seq": head.erased_seq,
    }
    connection.execute(update(log_head).values(values))


def _head(connection: Connection, *, lock: bool) -> Head:
    columns = log_head.c
    query = select(
        columns.seq, columns.item_count, columns.catalogue_version, columns.mentioned_seq, columns.erased_seq
    )
    row = connection.execute(query.with_for_update() if lock else query).one()
    return Head(row.seq, row.item_count, row.catalogue_version, row.mentioned_seq, row.erased_seq)
