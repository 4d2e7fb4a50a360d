"""Who is called what: the words by which names, emails and phones are found, and whom they find.

The table only narrows down: it keeps the words of everything that was ever told, and who is found is who is called so
now, by the newest word of their profile. Erased customers leave it with their profile.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, and_, or_, select

from recommender.customers.calling import Asked, Start, called_of
from recommender.events.personal import PersonalData
from recommender.storage.databases import Database
from recommender.storage.profiles import profiles_of
from recommender.storage.rows import Row, upsert_rows
from recommender.storage.tables import names
from recommender.types import CustomerId

_AFTER_EVERY_WORD: Final = "\U0010ffff"
_FEWEST_AT_ONCE: Final = 100
_MOST_PARTS: Final = 4
"""Of what is asked for the database is asked these; who fits all of it is told from the profiles."""

_OTHER: Final = names.alias()


@dataclass(frozen=True, slots=True)
class CalledSo:
    """Who is called so, ascending, with all they are called; whether others follow."""

    customers: tuple[tuple[CustomerId, PersonalData], ...]
    has_more: bool


def write_names(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the words of new rows of the profile table: place in the log, customer, name, email and phone of each."""
    words = {
        (kind, word, customer_id)
        for _, customer_id, name, email, phone in rows
        if customer_id is not None
        for kind, word in called_of(PersonalData(name=_text(name), email=_text(email), phone=_text(phone)))
    }
    upsert_rows(connection, names, sorted(words, key=str))


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def called_so(database: Database, asked: Asked, *, after: CustomerId | None, limit: int) -> CalledSo:
    """Return the first ``limit`` customers after one who are called so.

    Raises
    ------
    LogUnavailableError
        The log does not answer.
    """
    found: list[tuple[CustomerId, PersonalData]] = []
    for customer_ids in _perhaps(database, asked, after, limit + 1):
        known = profiles_of(database, customer_ids)
        found += [(one, known[one]) for one in customer_ids if asked.fits(known[one])]
        if len(found) > limit:
            break
    return CalledSo(tuple(found[:limit]), len(found) > limit)


def _perhaps(
    database: Database, asked: Asked, after: CustomerId | None, wanted: int
) -> Iterator[list[CustomerId]]:
    """Yield, some at a time, who was ever called by every part of what is asked for, as far as the database is asked."""
    first, *others = asked.longest_first()[:_MOST_PARTS]
    narrowed = [
        names.c.customer_id.in_(select(_OTHER.c.customer_id).where(_begins(_OTHER, one))) for one in others
    ]
    at_once = max(wanted, _FEWEST_AT_ONCE)
    last = after or ""
    while True:
        query = select(names.c.customer_id).where(
            _begins(names, first), names.c.customer_id > last, *narrowed
        )
        in_order = query.distinct().order_by(names.c.customer_id).limit(at_once)
        with database.read() as connection:
            found = [CustomerId(one) for one in connection.execute(in_order).scalars()]
        yield found
        if len(found) < at_once:
            return
        last = found[-1]


def _begins(table: FromClause, part: Collection[Start]) -> ColumnElement[bool]:
    """Return the condition that a word meets a part."""
    return or_(*(_starts(table, start) for start in sorted(part, key=lambda start: start.text)))


def _starts(table: FromClause, start: Start) -> ColumnElement[bool]:
    is_kind = table.c.kind == start.kind
    if start.is_all:
        return and_(is_kind, table.c.word == start.text)
    return and_(is_kind, table.c.word >= start.text, table.c.word < start.text + _AFTER_EVERY_WORD)
