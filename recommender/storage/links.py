"""Which subjects are one person: what the newest word about each two of them says, from end to end.

The table has every link from both its ends. Links by nobody known, and of a subject with itself, link nothing.
"""

import functools
import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, true

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

ROWS: Final = 5_000
"""Links that are read at once; where there are more, somebody may be linked with everybody."""

MOST_LINKED: Final = 1_000
"""Who was ever linked with more others is no person, whoever of them was unlinked since."""

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
            words = _words_about(database, connection, asked, ALL_LINKS, most=None)
            asked = {other for _, other in _active(words)} - reached
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
    asked = set(customer_ids)
    if not asked or (len(asked) > _MANY and not _has_links(connection)):
        return Persons()
    graph = _Graph()
    _look(database, connection, graph, asked, before)
    return graph.persons()


def versions_and_persons(
    database: Database, connection: Connection, customer_ids: Iterable[str]
) -> tuple[dict[str, int], Persons]:
    """Do as :func:`persons_of` by all links, and return the versions of those that are known: mostly by one question.

    A version is not always that of an event: a link that ended, or somebody who was erased, changes others as well.
    """
    asked = set(customer_ids)
    rows: Sequence[Sequence[Any]] = connection.execute(
        _versions_and_links(database.is_postgresql, ROWS), {"asked": database.listed(sorted(asked))}
    ).all()
    if len(rows) == ROWS:
        is_asked = database.among(customers.c.customer_id, sorted(asked))
        known: dict[str, int] = dict(connection.execute(select(customers).where(is_asked)).all())
        return known, persons_of(database, connection, asked)
    graph = _Graph()
    graph.add(asked, [_Word(*row[2:]) for row in rows if row[3] is not None])
    _look(database, connection, graph, graph.unknown(), ALL_LINKS)
    return {row[0]: row[1] for row in rows}, graph.persons()


def everybody_linked(connection: Connection, *, before: Before = ALL_LINKS) -> Persons:
    """Return everybody who is one person with others."""
    graph = _Graph()
    words = [_Word(*row) for row in connection.execute(_LINKS.where(before.condition()))]
    graph.add({word.subject for word in words}, words)
    return graph.persons()


class _Word(NamedTuple):
    """What one event says of two subjects, and its place in the order of the fold."""

    subject: str
    other: str
    kind: str
    occurred_us: int
    source: str
    event_id: str


_LINKS: Final = select(links.c.subject, links.c.other, events.c.kind, *_FOLD_ORDER).join(
    events, events.c.seq == links.c.seq
)


_PLACE: Final = operator.attrgetter("occurred_us", "source", "event_id")


@dataclass(slots=True)
class _Graph:
    """Subjects and the active links between them: of those that were asked about, from both ends.

    Attributes
    ----------
    others
        Of each subject that was asked about, with whom it is linked.
    tills
        Those that are linked with too many to be looked at.
    """

    others: dict[str, Set[str]] = field(default_factory=dict)
    tills: set[str] = field(default_factory=set)

    def add(self, asked: Iterable[str], words: Iterable[_Word]) -> None:
        """Add all words about some subjects."""
        known = list(words)
        self.others |= dict.fromkeys(asked, frozenset())
        linked = Counter(subject for subject, _ in {(word.subject, word.other) for word in known})
        self.tills |= {subject for subject, others in linked.items() if others > MOST_LINKED}
        for subject, other in _active(known):
            if subject not in self.tills:
                self.others[subject] = self.others[subject] | {other}

    def unknown(self) -> set[str]:
        """Return whom the subjects reach that were not asked about, unless they are too many anyway."""
        crowded = {subject for part in self._parts() if self._is_crowded(part) for subject in part}
        reached = (others for subject, others in self.others.items() if subject not in crowded)
        return set().union(*reached) - self.others.keys()

    def persons(self) -> Persons:
        """Return the subjects of every person of more than one subject, but not of too many."""
        found: dict[str, tuple[str, ...]] = {}
        for part in self._parts():
            if len(part) > 1 and not self._is_crowded(part):
                found |= dict.fromkeys(part, tuple(sorted(part)))
        return Persons(found)

    def _is_crowded(self, part: Set[str]) -> bool:
        return len(part) > MOST_TOGETHER or not self.tills.isdisjoint(part)

    def _parts(self) -> list[set[str]]:
        parts: list[set[str]] = []
        seen: set[str] = set()
        for start in self.others:
            if start in seen:
                continue
            part, front = {start}, [start]
            while front:
                fresh = self.others.get(front.pop(), frozenset()) - part
                part |= fresh
                front += fresh
            seen |= part
            parts.append(part)
        return parts


def _active(words: Iterable[_Word]) -> list[tuple[str, str]]:
    """Return each two subjects that are linked, by the newest word about them."""
    newest = {(word.subject, word.other): word.kind for word in sorted(words, key=_PLACE)}
    return [pair for pair, kind in newest.items() if kind == "identify"]


def _look(database: Database, connection: Connection, graph: _Graph, asked: set[str], before: Before) -> None:
    """Complete a graph by some subjects, and by whom they reach."""
    while asked:
        _read(database, connection, graph, asked, before)
        asked = graph.unknown()


def _read(database: Database, connection: Connection, graph: _Graph, asked: Set[str], before: Before) -> None:
    """Add some subjects to a graph, with their links unless these are very many."""
    words = _words_about(database, connection, asked, before, most=ROWS)
    if len(words) == ROWS:
        graph.tills |= _linked_with_many(database, connection, asked, before)
        words = _words_about(database, connection, asked - graph.tills, before, most=None)
    graph.add(asked, words)


def _has_links(connection: Connection) -> bool:
    return connection.execute(select(links.c.seq).limit(1)).first() is not None


def _words_about(
    database: Database, connection: Connection, subjects: Set[str], before: Before, *, most: int | None
) -> Sequence[_Word]:
    """Return the links of some subjects, so many of them, in no order: sorting all links of a till would take long."""
    query = _links_of(database.is_postgresql, most)
    if before != ALL_LINKS:
        query = query.where(before.condition())
    asked = {"asked": database.listed(sorted(subjects))}
    return [_Word(*row) for row in connection.execute(query, asked)]


def _linked_with_many(
    database: Database, connection: Connection, subjects: Set[str], before: Before
) -> set[str]:
    """Return those of some subjects that were linked with very many others; of all links the index alone tells."""
    query = select(links.c.subject).where(database.among(links.c.subject, sorted(subjects)))
    if before != ALL_LINKS:
        query = query.join(events, events.c.seq == links.c.seq).where(before.condition())
    many = func.count(links.c.other.distinct()) > MOST_LINKED
    return {*connection.execute(query.group_by(links.c.subject).having(many)).scalars()}


@functools.cache
def _links_of(is_postgresql: bool, most: int | None) -> Select[str, str, str, int, str, str]:
    return _LINKS.where(among_asked(links.c.subject, is_postgresql=is_postgresql)).limit(most)


@functools.cache
def _versions_and_links(is_postgresql: bool, most: int) -> Select[str, int, str, str, str, int, str, str]:
    return (
        select(
            customers.c.customer_id,
            customers.c.version,
            links.c.subject,
            links.c.other,
            events.c.kind,
            *_FOLD_ORDER,
        )
        .outerjoin(links, links.c.subject == customers.c.customer_id)
        .outerjoin(events, events.c.seq == links.c.seq)
        .where(among_asked(customers.c.customer_id, is_postgresql=is_postgresql))
        .limit(most)
    )
