"""Which subjects are one person: what the newest word about each two of them says, from end to end.

The table has every link from both its ends. Links by nobody known, and of a subject with itself, link nothing.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, delete, select, true

from recommender.storage.databases import Database, among_asked
from recommender.storage.rows import upsert_rows
from recommender.storage.tables import customers, events, links
from recommender.types import CustomerId

REDACTED: Final = "erased"
"""What links of other customers name instead of an erased one."""

MOST_TOGETHER: Final = 100
"""Subjects that are decided for as one person. More are no person but a till or a kiosk, and each of them stands alone."""

MOST_SUBJECTS: Final = 1_000
"""Of one person; further ones are not looked for."""

_TOGETHER: Final = 1_000
_MANY: Final = 1_000
"""From so many subjects on it is asked first whether anybody is linked at all."""

_FOLD_ORDER: Final = (events.c.occurred_us, events.c.source, events.c.event_id)

Link: TypeAlias = tuple[str | None, str, int]
"""A subject, the other one, and the place of the event in the log."""


@dataclass(frozen=True, slots=True)
class Before:
    """Which links count: those of events that occurred before ``occurred_us``, up to the place ``seq``; None: all."""

    occurred_us: int | None = None
    seq: int | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return it as a condition on events."""
        condition: ColumnElement[bool] = true()
        if self.occurred_us is not None:
            condition = condition & (events.c.occurred_us < self.occurred_us)
        if self.seq is not None:
            condition = condition & (events.c.seq <= self.seq)
        return condition


ALL_LINKS: Final = Before()


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
    asked: Set[str] = {customer_id}
    with database.read() as connection:
        while asked and len(reached) <= MOST_SUBJECTS:
            found = _neighbours(database, connection, asked, ALL_LINKS)
            asked = set().union(*found.values()) - reached
            reached |= asked
    return sorted(map(CustomerId, reached - {customer_id}))[:MOST_SUBJECTS]


@dataclass(frozen=True, slots=True)
class Persons:
    """Who is decided for together.

    Attributes
    ----------
    subjects
        Of everybody who is one person with others, all subjects of that person, themselves included, ascending. Who is
        not there stands alone.
    """

    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, customer_id: str) -> tuple[str, ...]:
        """Return all subjects of the person of a customer, themselves included.

        Examples
        --------
        >>> persons = Persons({"web-7": ("ada", "web-7")})
        >>> persons.of("web-7"), persons.of("bob")
        (('ada', 'web-7'), ('bob',))
        """
        return self.subjects.get(customer_id, (customer_id,))

    def stand_ins(self, bought_us: Mapping[str, int]) -> dict[str, str]:
        """Return of everybody who is one person with others the subject that stands for the person.

        That is who bought last, by ``bought_us``; of several, or where nobody did, the first by id.

        Examples
        --------
        >>> persons = Persons(dict.fromkeys(("ada", "web-7"), ("ada", "web-7")))
        >>> persons.stand_ins({"web-7": 1}), persons.stand_ins({})
        ({'ada': 'web-7', 'web-7': 'web-7'}, {'ada': 'ada', 'web-7': 'ada'})
        """
        return {
            one: min(subjects, key=lambda subject: (-bought_us.get(subject, -1), subject))
            for one, subjects in self.subjects.items()
        }

    def everybody(self, customer_ids: Iterable[str]) -> set[str]:
        """Return all subjects of the persons of some customers."""
        return {subject for one in customer_ids for subject in self.of(one)}


def persons_of(
    database: Database,
    connection: Connection,
    customer_ids: Iterable[str],
    *,
    before: Before = ALL_LINKS,
) -> Persons:
    """Return with whom some customers are one person, by links that are active by those that count.

    More than :data:`MOST_TOGETHER` subjects that links connect are no person: each of them stands alone.
    """
    asked: Set[str] = set(customer_ids)
    if not asked or (len(asked) > _MANY and not _has_links(connection)):
        return Persons()
    graph: dict[str, Set[str]] = dict.fromkeys(asked, frozenset())
    graph |= _neighbours(database, connection, asked, before)
    return _reached(database, connection, graph, before)


def versions_and_persons(
    database: Database, connection: Connection, customer_ids: Iterable[str]
) -> tuple[dict[str, int], Persons]:
    """Do as :func:`persons_of` by all links, and return the versions of those that are known, too: one question more often than not.

    A version is not always that of an event: a link that ended, or somebody who was erased, changes others as well.
    """
    asked = set(customer_ids)
    rows = connection.execute(
        _versions_and_links(database.is_postgresql), {"asked": database.listed(sorted(asked))}
    ).all()
    versions = {subject: version for subject, version, _, _ in rows}
    graph: dict[str, Set[str]] = dict.fromkeys(asked, frozenset())
    graph |= _active(
        (subject, other, word) for subject, _, other, word in rows if other is not None and word is not None
    )
    return versions, _reached(database, connection, graph, ALL_LINKS)


def _reached(
    database: Database, connection: Connection, graph: dict[str, Set[str]], before: Before
) -> Persons:
    """Return the persons of the subjects of a graph, which is completed by whom they reach."""
    while True:
        crowded = _crowded(graph)
        reached = {other for subject, others in graph.items() if subject not in crowded for other in others}
        asked = reached - graph.keys()
        if not asked:
            return Persons(_joined(graph))
        graph |= dict.fromkeys(asked, frozenset())
        graph |= _neighbours(database, connection, asked, before)


def everybody_linked(connection: Connection, *, before: Before = ALL_LINKS) -> Persons:
    """Return everybody who is one person with others."""
    if not _has_links(connection):
        return Persons()
    query = select(links.c.subject, links.c.other, events.c.kind).join(events, events.c.seq == links.c.seq)
    rows = connection.execute(query.where(before.condition()).order_by(*_FOLD_ORDER))
    return Persons(_joined(_active(rows)))


def _has_links(connection: Connection) -> bool:
    return connection.execute(select(links.c.seq).limit(1)).first() is not None


def _neighbours(
    database: Database, connection: Connection, subjects: Set[str], before: Before
) -> dict[str, set[str]]:
    """Return with whom active links connect some subjects, by subject."""
    query = _links_of(database.is_postgresql)
    if before != ALL_LINKS:
        query = query.where(before.condition())
    return _active(connection.execute(query, {"asked": database.listed(sorted(subjects))}))


@functools.cache
def _links_of(is_postgresql: bool) -> Select[str, str, str]:
    return (
        select(links.c.subject, links.c.other, events.c.kind)
        .join(events, events.c.seq == links.c.seq)
        .where(among_asked(links.c.subject, is_postgresql=is_postgresql))
        .order_by(*_FOLD_ORDER)
    )


@functools.cache
def _versions_and_links(is_postgresql: bool) -> Select[str, int, str | None, str | None]:
    return (
        select(customers.c.customer_id, customers.c.version, links.c.other, events.c.kind)
        .outerjoin(links, links.c.subject == customers.c.customer_id)
        .outerjoin(events, events.c.seq == links.c.seq)
        .where(among_asked(customers.c.customer_id, is_postgresql=is_postgresql))
        .order_by(*_FOLD_ORDER)
    )


def _active(rows: Iterable[Sequence[str]]) -> dict[str, set[str]]:
    """Return the active ones of links with their kinds, in the order of the fold, by subject."""
    newest = {(subject, other): kind for subject, other, kind in rows}
    found: dict[str, set[str]] = {}
    for (subject, other), kind in newest.items():
        if kind == "identify":
            found.setdefault(subject, set()).add(other)
    return found


def _joined(graph: Mapping[str, Set[str]]) -> dict[str, tuple[str, ...]]:
    """Return the subjects of every person of more than one subject, but not of too many, by each of them."""
    found: dict[str, tuple[str, ...]] = {}
    for part in _parts(graph):
        if 1 < len(part) <= MOST_TOGETHER:
            found |= dict.fromkeys(part, tuple(sorted(part)))
    return found


def _crowded(graph: Mapping[str, Set[str]]) -> set[str]:
    """Return the subjects of whom it is known that too many are connected: whom else they reach need not be known."""
    return {subject for part in _parts(graph) if len(part) > MOST_TOGETHER for subject in part}


def _parts(graph: Mapping[str, Set[str]]) -> list[set[str]]:
    """Return the connected parts of a graph whose edges are there from both ends, or lead to who was not asked yet."""
    parts: list[set[str]] = []
    seen: set[str] = set()
    for start in graph:
        if start in seen:
            continue
        part, front = {start}, [start]
        while front:
            fresh = graph.get(front.pop(), frozenset()) - part
            part |= fresh
            front += fresh
        seen |= part
        parts.append(part)
    return parts
