"""The tables of names and links, of logs that had neither: filled from profiles and links, once. Who is linked is folded anew."""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, select

from recommender.events.codec import decode_event
from recommender.events.vocabulary import Identify, Unlink
from recommender.storage.catching_up import Index
from recommender.storage.databases import Database
from recommender.storage.head import Head, lock_head, move_head, read_head
from recommender.storage.links import REDACTED, write_links
from recommender.storage.names import write_names
from recommender.storage.rows import upsert_rows
from recommender.storage.tables import IS_LINK, customers, events, outbox, profiles

_AT_ONCE: Final = 5_000


def caught_up(database: Database) -> None:
    """Bring both tables up to the last event; see :meth:`.catching_up.Index.catch_up`."""
    _INDEX.catch_up(database)


def _step(connection: Connection) -> Head:
    head = lock_head(connection)
    told = _names(connection, head.people_seq)
    linked = _links(connection, head.people_seq)
    moved = replace(head, people_seq=min(head.seq, told, linked))
    move_head(connection, moved)
    return moved


def _names(connection: Connection, since: int) -> int:
    """Write the names after an event, as many as one step takes, and return up to where."""
    query = select(profiles).where(profiles.c.seq > since).order_by(profiles.c.seq).limit(_AT_ONCE)
    rows = [tuple(row) for row in connection.execute(query)]
    write_names(connection, rows)
    return _until([row[0] for row in rows])


def _links(connection: Connection, since: int) -> int:
    """Write the links after an event, as many as one step takes, and return up to where."""
    query = select(events.c.seq, events.c.content).where(IS_LINK, events.c.seq > since)
    rows = connection.execute(query.order_by(events.c.seq).limit(_AT_ONCE)).all()
    linking = ((seq, decode_event(content)) for seq, content in rows)
    linked = [
        (event.customer_id, event.other_id, seq)
        for seq, event in linking
        if isinstance(event, Identify | Unlink) and event.other_id != REDACTED
    ]
    write_links(connection, linked)
    _move(connection, {who for customer_id, other, _ in linked for who in (customer_id, other) if who})
    return _until([seq for seq, _ in rows])


def _move(connection: Connection, subjects: set[str]) -> None:
    """Give who is linked a version that no state has: what was folded before knows nothing of the others."""
    moved = [(subject, read_head(connection).seq) for subject in sorted(subjects)]
    upsert_rows(connection, customers, moved)
    upsert_rows(connection, outbox, moved)


def _until(seqs: list[int]) -> int:
    """Return the place up to which a step is complete: as far as anybody asks where it found all."""
    return seqs[-1] if len(seqs) == _AT_ONCE else _TO_THE_END


_TO_THE_END: Final = 2**63 - 1
_INDEX: Final = Index("names and links", lambda head: head.people_seq, _step)
