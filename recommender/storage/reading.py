"""Reading events back, in the order in which they are folded: ``occurred_at``, ``source``, ``event_id``."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select

from recommender.events.codec import decode_event
from recommender.events.vocabulary import AnyEvent
from recommender.storage.clock import from_microseconds, to_microseconds
from recommender.storage.databases import Database
from recommender.storage.results import StoredEvent
from recommender.storage.tables import ORDER_KINDS, customers, events
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


def events_of_many(
    database: Database, customer_ids: Sequence[CustomerId], *, until: datetime | None = None
) -> dict[CustomerId, list[AnyEvent]]:
    """Return the events of several customers before ``until``, each in fold order; who has none has an empty list."""
    found: dict[CustomerId, list[AnyEvent]] = {customer_id: [] for customer_id in customer_ids}
    query = select(events.c.customer_id, events.c.content).where(
        database.among(events.c.customer_id, list(found))
    )
    if until is not None:
        query = query.where(events.c.occurred_us < to_microseconds(until))
    with database.read() as connection:
        for customer_id, content in connection.execute(query.order_by(*_FOLD_ORDER)):
            found[customer_id].append(decode_event(content))
    return found


@dataclass(frozen=True, slots=True)
class History:
    """The events of one customer in fold order, and the version that they make: the ``seq`` of the newest of them."""

    events: list[AnyEvent]
    version: int


def histories_of(
    database: Database, customer_ids: Sequence[CustomerId], *, until: datetime | None = None
) -> dict[CustomerId, History]:
    """Return the events of several customers before ``until``, with the version that exactly these make; 0 for none."""
    found: dict[CustomerId, list[AnyEvent]] = {customer_id: [] for customer_id in customer_ids}
    newest = dict.fromkeys(found, 0)
    query = select(events.c.customer_id, events.c.seq, events.c.content).where(
        database.among(events.c.customer_id, list(found))
    )
    if until is not None:
        query = query.where(events.c.occurred_us < to_microseconds(until))
    with database.read() as connection:
        for customer_id, seq, content in connection.execute(query.order_by(*_FOLD_ORDER)):
            found[customer_id].append(decode_event(content))
            newest[customer_id] = max(seq, newest[customer_id])
    return {customer_id: History(own, newest[customer_id]) for customer_id, own in found.items()}


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


def version_of(database: Database, customer_id: CustomerId) -> int:
    """Return the version of a customer: the ``seq`` of their newest event, 0 when they are unknown."""
    query = select(customers.c.version).where(customers.c.customer_id == customer_id)
    with database.read() as connection:
        version = connection.execute(query).scalar_one_or_none()
    return 0 if version is None else version


def known_among(database: Database, customer_ids: Sequence[CustomerId]) -> set[CustomerId]:
    """Return those of some customers of whom the log has an event."""
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
    """Return who has an event that is neither purchase, return nor cancellation."""
    query = select(events.c.customer_id).where(
        events.c.kind.not_in(ORDER_KINDS), events.c.customer_id.is_not(None)
    )
    with database.read() as connection:
        return set(map(CustomerId, connection.execute(query.distinct()).scalars()))


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
