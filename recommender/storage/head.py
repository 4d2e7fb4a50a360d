"""The head of the log: the one row that every write locks first."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select, update

from recommender.storage.tables import log_head


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log has come: last ``seq``, count of numbered items, version of the catalogue.

    ``mentioned_seq`` is the event up to which the table of mentions is complete, ``people_seq`` that of the tables of
    names and links, ``erased_seq`` the place of the last erasure (0: nobody was ever erased).
    """

    seq: int
    items: int
    catalogue_version: int
    mentioned_seq: int
    people_seq: int
    erased_seq: int

    def moved_to(self, seq: int) -> "Head":
        """Return the head after the events up to ``seq`` were written, with all that the indexes note of them."""
        return replace(
            self,
            seq=seq,
            mentioned_seq=seq if self.mentioned_seq == self.seq else self.mentioned_seq,
            people_seq=seq if self.people_seq == self.seq else self.people_seq,
        )


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
        "people_seq": head.people_seq,
        "erased_seq": head.erased_seq,
    }
    connection.execute(update(log_head).values(values))


def _head(connection: Connection, *, lock: bool) -> Head:
    columns = log_head.c
    query = select(
        columns.seq,
        columns.item_count,
        columns.catalogue_version,
        columns.mentioned_seq,
        columns.people_seq,
        columns.erased_seq,
    )
    return Head(*connection.execute(query.with_for_update() if lock else query).one())
