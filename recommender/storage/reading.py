"""Reading events back, in the order in which they are folded: ``occurred_at``, ``source``, ``event_id``."""

import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select

from recommender.events.codec import decode_event
from recommender.events.vocabulary import AnyEvent
from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.databases import Database, among_asked
from recommender.storage.links import (
    ALL_LINKS,
    Before,
    Persons,
    everybody_linked,
    persons_of,
    versions_and_persons,
)
from recommender.storage.results import StoredEvent
from recommender.storage.tables import ORDER_KINDS, customers, erased, events, links
from recommender.types import CustomerId

_FOLD_ORDER = (events.c.occurred_us, events.c.source, events.c.event_id)
_PAGE = 10_000


def events_of(
    database: Database,
    customer_id: CustomerId,
    *,
    until: datetime | None = None,
    kinds: Collection[str] | None = None,
    limit: int | None = None,
) -> list[StoredEvent]:
    """Return a customer's events in fold order: those before ``until``, of these ``kinds``, the newest ``limit``."""
    query = _stored().where(events.c.customer_id == customer_id)
    if until is not None:
        query = query.where(events.c.occurred_us < to_microseconds(until))
    if kinds is not None:
        query = query.where(events.c.kind.in_(sorted(kinds)))
    newest_first = query.order_by(*(column.desc() for column in _FOLD_ORDER)).limit(limit)
    with database.read() as connection:
        rows = connection.execute(newest_first).all()
    return [_stored_event(row) for row in reversed(rows)]


@dataclass(frozen=True, slots=True)
class History:
    """The events of one person in fold order, and the version that they make: the place in the log of the newest change."""

    events: list[AnyEvent]
    version: int


def histories_of(
    database: Database,
    customer_ids: Sequence[CustomerId],
    *,
    until: datetime | None = None,
    up_to: int | None = None,
) -> dict[CustomerId, History]:
    """Return the events of several customers with the version that exactly these make; 0 for none.

    Who is one person with other subjects has the events of them all: the same list, which is not to be changed.

    Parameters
    ----------
    until
        Only events that occurred before, and links by these.
    up_to
        Only events up to this place in the log, and links by these.
    """
    before = Before(None if until is None else to_microseconds(until), up_to)
    with database.snapshot(streams=False) as connection:
        known, persons = dict[str, int](), Persons()
        if before == ALL_LINKS:
            known, persons = versions_and_persons(database, connection, customer_ids)
        else:
            persons = persons_of(database, connection, customer_ids, before=before)
        found: dict[tuple[str, ...], list[AnyEvent]] = {persons.of(one): [] for one in customer_ids}
        newest = dict.fromkeys(found, 0)
        person_of_subject = {subject: person for person in found for subject in person}
        query = _told_of(database.is_postgresql)
        if before != ALL_LINKS:
            query = query.where(before.condition())
        asked = {"asked": database.listed(list(person_of_subject))}
        for subject, seq, content in connection.execute(query, asked):
            person = person_of_subject[subject]
            found[person].append(decode_event(content))
            newest[person] = max(seq, newest[person])
    return {
        one: History(found[persons.of(one)], known.get(one, newest[persons.of(one)])) for one in customer_ids
    }


@functools.cache
def _told_of(is_postgresql: bool) -> Select[str, int, bytes]:
    columns = (events.c.customer_id, events.c.seq, events.c.content)
    is_asked = among_asked(events.c.customer_id, is_postgresql=is_postgresql)
    return select(*columns).where(is_asked).order_by(*_FOLD_ORDER)


def events_of_person(
    database: Database,
    customer_id: CustomerId,
    *,
    until: datetime | None = None,
    kinds: Collection[str] | None = None,
    up_to: int | None = None,
) -> list[StoredEvent]:
    """Return the events of a customer and of all subjects that are one person with them, in fold order.

    Parameters
    ----------
    until
        Only events that occurred before, and links by these.
    kinds
        Only of these kinds.
    up_to
        Only events up to this place in the log, and links by these.
    """
    before = Before(None if until is None else to_microseconds(until), up_to)
    with database.snapshot(streams=False) as connection:
        subjects = persons_of(database, connection, [customer_id], before=before).of(customer_id)
        query = _stored().where(database.among(events.c.customer_id, subjects), before.condition())
        if kinds is not None:
            query = query.where(events.c.kind.in_(sorted(kinds)))
        return [_stored_event(row) for row in connection.execute(query.order_by(*_FOLD_ORDER))]


def stand_ins(database: Database, *, until: datetime | None = None) -> dict[CustomerId, CustomerId]:
    """Return of everybody who is one person with others, by links before ``until``, the subject that stands for the person.

    That is who bought last before ``until``, else the first by id. Reads all links.
    """
    before = Before(None if until is None else to_microseconds(until))
    with database.snapshot(streams=False) as connection:
        persons = everybody_linked(connection, before=before)
        query = (
            select(events.c.customer_id, func.max(events.c.occurred_us))
            .where(database.among(events.c.customer_id, sorted(persons.subjects)), before.condition())
            .where(events.c.kind == "purchase")
            .group_by(events.c.customer_id)
        )
        bought_us = dict(connection.execute(query).all()) if persons.subjects else {}
    return {CustomerId(one): CustomerId(other) for one, other in persons.stand_ins(bought_us).items()}


def event_at(database: Database, source: str, event_id: str) -> StoredEvent | None:
    """Return the event with this identity, or None."""
    query = _stored().where(events.c.source == source, events.c.event_id == event_id)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _stored_event(row)


def events_at(database: Database, seqs: Sequence[int]) -> list[StoredEvent]:
    """Return the events at some places in the log, by place; those that are not there are left out."""
    if not seqs:
        return []
    query = _stored().where(database.among(events.c.seq, list(seqs))).order_by(events.c.seq)
    with database.read() as connection:
        return [_stored_event(row) for row in connection.execute(query)]


def has_change_at(database: Database, seq: int) -> bool:
    """Return whether a place in the log is that of an event that is there, or of an erasure."""
    with database.read() as connection:
        places = (
            select(events.c.seq).where(events.c.seq == seq),
            select(erased.c.seq).where(erased.c.seq == seq),
        )
        return any(connection.execute(one.limit(1)).first() is not None for one in places)


def version_of(database: Database, customer_id: CustomerId) -> int:
    """Return the version of a customer: the place in the log of what changed them last, 0 when they are unknown."""
    query = select(customers.c.version).where(customers.c.customer_id == customer_id)
    with database.read() as connection:
        version = connection.execute(query).scalar_one_or_none()
    return 0 if version is None else version


def known_among(database: Database, customer_ids: Sequence[CustomerId]) -> set[CustomerId]:
    """Return those of some customers of whom the log has an event, or a link to them."""
    query = select(customers.c.customer_id).where(database.among(customers.c.customer_id, list(customer_ids)))
    with database.read() as connection:
        return set(map(CustomerId, connection.execute(query).scalars()))


def customers_changed_after(database: Database, seq: int) -> Iterator[tuple[CustomerId, int]]:
    """Yield customers whose version is above ``seq`` with that version, ascending.

    Read page by page: who changes meanwhile comes again, later, with the newer version.
    """
    while True:
        query = select(customers).where(customers.c.version > seq).order_by(customers.c.version).limit(_PAGE)
        with database.read() as connection:
            rows = connection.execute(query).all()
        for customer_id, version in rows:
            yield CustomerId(customer_id), version
        if len(rows) < _PAGE:
            return
        seq = rows[-1].version


def last_purchase(database: Database) -> datetime | None:
    """Return when anybody last bought anything; None when nobody did."""
    query = select(func.max(events.c.occurred_us)).where(events.c.kind == "purchase")
    with database.read() as connection:
        newest_us = connection.execute(query).scalar_one()
    return None if newest_us is None else from_microseconds(newest_us)


def first_known_purchase(database: Database) -> datetime | None:
    """Return when a customer first bought anything; None when only guests did, or nobody."""
    query = select(func.min(events.c.occurred_us)).where(
        events.c.kind == "purchase", events.c.customer_id.is_not(None)
    )
    with database.read() as connection:
        oldest_us = connection.execute(query).scalar_one()
    return None if oldest_us is None else from_microseconds(oldest_us)


def customers_beyond_orders(database: Database) -> set[CustomerId]:
    """Return who has an event that is neither purchase, return nor cancellation, or is linked with somebody."""
    query = select(events.c.customer_id).where(
        events.c.kind.not_in(ORDER_KINDS), events.c.customer_id.is_not(None)
    )
    with database.read() as connection:
        found = {*connection.execute(query.distinct()).scalars()}
        found |= {*connection.execute(select(links.c.subject).distinct()).scalars()}
    return set(map(CustomerId, found))


def _stored() -> Select[int, int, bytes]:
    return select(events.c.seq, events.c.received_us, events.c.content)


def _stored_event(row: Row[int, int, bytes]) -> StoredEvent:
    seq, received_us, content = row
    return StoredEvent(seq, from_microseconds(received_us), decode_event(content))


def customers_told(database: Database, kinds: Collection[str]) -> list[CustomerId]:
    """Return who has an event of one of these kinds, ascending."""
    query = select(events.c.customer_id).where(
        events.c.kind.in_(sorted(kinds)), events.c.customer_id.is_not(None)
    )
    with database.read() as connection:
        return sorted(map(CustomerId, connection.execute(query.distinct()).scalars()))
