"""Everything that the log keeps of one customer, as of one moment: what an erasure would remove, and what somebody may ask to see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from recommender.events.codec import decode_event
from recommender.events.vocabulary import Profile
from recommender.storage.clock import from_microseconds
from recommender.storage.databases import Database
from recommender.storage.receipts import StoredReceipt
from recommender.storage.results import StoredEvent
from recommender.storage.tables import answered_requests, events, goodwill, links, profiles, receipts
from recommender.types import CustomerId, DecisionId


@dataclass(frozen=True, slots=True)
class AnsweredBefore:
    """Which decision answers a request; ``until`` then it is decided anew, None: never."""

    request_id: str
    decision_id: DecisionId
    until: datetime | None


@dataclass(frozen=True, slots=True)
class GoodwillGrant:
    """Goodwill that was granted or reserved, in millionths of the currency; ``expires_at`` None: it was spent or stays."""

    millionths: int
    currency: str | None
    action: str | None
    by_staff: bool
    granted_at: datetime
    expires_at: datetime | None


KeptRow = StoredEvent | StoredReceipt | AnsweredBefore | GoodwillGrant


def kept_of(database: Database, customer_id: CustomerId) -> Iterator[KeptRow]:
    """Yield what is kept of a customer: events in fold order, with what they are called in, then links of others, receipts by
    time, answered requests and goodwill.

    Raises
    ------
    LogUnavailableError
        The log does not answer.
    """
    with database.snapshot() as connection:
        yield from _events(connection, customer_id)
        yield from _links_of_others(connection, customer_id)
        yield from _receipts(connection, customer_id)
        yield from _requests(connection, customer_id)
        yield from _goodwill(connection, customer_id)


def _events(connection: Connection, customer_id: str) -> Iterator[StoredEvent]:
    personal = profiles.c
    query = (
        select(
            events.c.seq,
            events.c.received_us,
            events.c.content,
            personal.name,
            personal.email,
            personal.phone,
        )
        .outerjoin(profiles, personal.seq == events.c.seq)
        .where(events.c.customer_id == customer_id)
        .order_by(events.c.occurred_us, events.c.source, events.c.event_id)
    )
    for seq, received_us, content, name, email, phone in connection.execute(query):
        event = decode_event(content)
        if isinstance(event, Profile):
            event = msgspec.structs.replace(event, name=name, email=email, phone=phone)
        yield StoredEvent(seq, from_microseconds(received_us), event)


def _links_of_others(connection: Connection, customer_id: str) -> Iterator[StoredEvent]:
    query = (
        select(events.c.seq, events.c.received_us, events.c.content)
        .join(links, events.c.seq == links.c.seq)
        .where(links.c.subject == customer_id, events.c.customer_id != customer_id)
        .order_by(events.c.seq)
    )
    for seq, received_us, content in connection.execute(query):
        yield StoredEvent(seq, from_microseconds(received_us), decode_event(content))


def _receipts(connection: Connection, customer_id: str) -> Iterator[StoredReceipt]:
    query = select(receipts).where(receipts.c.customer_id == customer_id)
    in_order = query.order_by(receipts.c.decided_us, receipts.c.decision_id)
    for decision_id, whose, decided_us, content in connection.execute(in_order):
        yield StoredReceipt(DecisionId(decision_id), whose, from_microseconds(decided_us), bytes(content))


def _requests(connection: Connection, customer_id: str) -> Iterator[AnsweredBefore]:
    query = select(answered_requests).where(answered_requests.c.customer_id == customer_id)
    for row in connection.execute(query.order_by(answered_requests.c.request_id)):
        yield AnsweredBefore(row.request_id, DecisionId(row.decision_id), _moment(row.until_us))


def _goodwill(connection: Connection, customer_id: str) -> Iterator[GoodwillGrant]:
    query = select(goodwill).where(goodwill.c.customer_id == customer_id)
    for row in connection.execute(query.order_by(goodwill.c.granted_us, goodwill.c.grant_id)):
        yield GoodwillGrant(
            row.millionths,
            row.currency,
            row.action,
            bool(row.by_staff),
            from_microseconds(row.granted_us),
            _moment(row.expires_us),
        )


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)
