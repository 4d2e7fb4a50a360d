"""Which subjects are one person: what the newest word about each two of them says, from end to end.

The table has every link from both its ends. Links by nobody known, and of a subject with itself, link nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from sqlalchemy import Connection, delete, select

from recommender.storage.databases import Database
from recommender.storage.rows import upsert_rows
from recommender.storage.tables import events, links
from recommender.types import CustomerId

REDACTED: Final = "erased"
"""What links of other customers name instead of an erased one."""

MOST_SUBJECTS: Final = 1_000
"""Of one person; further ones are not looked for."""

_TOGETHER: Final = 1_000

Link: TypeAlias = tuple[str | None, str, int]
"""A subject, the other one, and the place of the event in the log."""


def write_links(connection: Connection, linked: Sequence[Link]) -> None:
    """Write new links, in the transaction of their events."""
    rows = [
        row
        for subject, other, seq in linked
        if subject is not None and subject != other
        for row in ((subject, other, seq), (other, subject, seq))
    ]
    upsert_rows(connection, links, rows)


def remove_links(connection: Connection, customer_id: str) -> None:
    """Remove an erased customer from both ends of their links."""
    theirs = select(links.c.other).where(links.c.subject == customer_id).distinct()
    others = list(connection.execute(theirs).scalars())
    for start in range(0, len(others), _TOGETHER):
        is_other = links.c.subject.in_(others[start : start + _TOGETHER])
        connection.execute(delete(links).where(is_other, links.c.other == customer_id))
    connection.execute(delete(links).where(links.c.subject == customer_id))


def person_of(database: Database, customer_id: CustomerId) -> list[CustomerId]:
    """Return the other subjects of a person, ascending: whom active links reach, at most 1,000.

    A link is active if the newest ``identify`` or ``unlink`` about its two subjects, in the order of the fold, is an
    ``identify``.

    Raises
    ------
    LogUnavailableError
        The log does not answer.
    """
    reached: set[str] = {customer_id}
    asked: set[str] = {customer_id}
    with database.read() as connection:
        while asked and len(reached) <= MOST_SUBJECTS:
            asked = _linked_with(database, connection, asked) - reached
            reached |= asked
    return sorted(map(CustomerId, reached - {customer_id}))[:MOST_SUBJECTS]


def _linked_with(database: Database, connection: Connection, subjects: Iterable[str]) -> set[str]:
    order = (events.c.occurred_us, events.c.source, events.c.event_id)
    query = (
        select(links.c.subject, links.c.other, events.c.kind)
        .join(events, events.c.seq == links.c.seq)
        .where(database.among(links.c.subject, list(subjects)))
        .order_by(*order)
    )
    newest = {(subject, other): kind for subject, other, kind in connection.execute(query)}
    return {other for (_, other), kind in newest.items() if kind == "identify"}
