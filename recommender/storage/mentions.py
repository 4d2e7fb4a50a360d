"""Which events name an order or a serial number: how the receipt or the unit in somebody's hand finds the customer.

The table is written in the transaction of the events. ``log_head`` says up to which event it is complete: a log that is
older than the table, and events of processes that do not know it, are caught up with when the log is opened, and again
before a look-up that needs them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from sqlalchemy import Connection, select

from recommender.events.codec import EVENT_TYPES, decode_event
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    ComplaintOpened,
    Delivered,
    OrderCancelled,
    Purchase,
    Question,
    Return,
    Review,
    ServiceVisit,
)
from recommender.storage.catching_up import Index
from recommender.storage.databases import Database
from recommender.storage.head import Head, lock_head, move_head
from recommender.storage.rows import Row, insert_rows, upsert_rows
from recommender.storage.tables import events, mentions

NameKind: TypeAlias = Literal["order", "serial"]
Mention: TypeAlias = tuple[NameKind, str]
"""What is named, and its number."""

GUEST: Final = ""
"""The customer of a mention by nobody known; ids have at least one character."""

_AROUND_ORDERS: Final = (Delivered, OrderCancelled, Question, ComplaintOpened, Review)
_AROUND_UNITS: Final = (Appointment, ServiceVisit)
_NAMING: Final = (Purchase, Return, *_AROUND_ORDERS, *_AROUND_UNITS)
_KINDS: Final = tuple(sorted(name for name, kind in EVENT_TYPES.items() if issubclass(kind, _NAMING)))
_EVENTS_PER_STEP: Final = 5_000


@dataclass(frozen=True, slots=True)
class Named:
    """What names one order or serial number: customers, ascending, each with the events that do, newest first.

    Attributes
    ----------
    customers
        Ids and places in the log.
    guests
        Places in the log of what nobody known did.
    has_more
        Whether further customers follow.
    """

    customers: tuple[tuple[str, tuple[int, ...]], ...]
    guests: tuple[int, ...]
    has_more: bool


def mentions_of(event: AnyEvent) -> tuple[Mention, ...]:
    """Return the order and serial numbers that an event names, each once.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from recommender.events.vocabulary import OrderLine
    >>> lines = (OrderLine(item_id="boiler", serial="SN-1"), OrderLine(item_id="mug"))
    >>> mentions_of(Purchase(source="shop", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC), order_id="1042", lines=lines))
    (('order', '1042'), ('serial', 'SN-1'))
    """
    if isinstance(event, Purchase):
        serials = {line.serial for line in event.lines if line.serial is not None}
        return ("order", event.order_id), *_serials(serials)
    if isinstance(event, Return):
        orders = {line.order_id for line in event.lines if line.order_id is not None}
        serials = {line.serial for line in event.lines if line.serial is not None}
        return *(("order", one) for one in sorted(orders)), *_serials(serials)
    if isinstance(event, _AROUND_ORDERS):
        return () if event.order_id is None else (("order", event.order_id),)
    if isinstance(event, _AROUND_UNITS):
        order_id = event.order_id if isinstance(event, ServiceVisit) else None
        order: tuple[Mention, ...] = () if order_id is None else (("order", order_id),)
        return order if event.serial is None else (*order, ("serial", event.serial))
    return ()


def _serials(serials: set[str]) -> Iterator[Mention]:
    return (("serial", one) for one in sorted(serials))


def write_mentions(connection: Connection, rows: Sequence[Row]) -> None:
    """Write what new events name, in their transaction: kind, name, customer and place in the log of each."""
    insert_rows(connection, mentions, rows)


def rows_of(named: Sequence[Mention], customer_id: str | None, seq: int) -> Iterator[Row]:
    """Yield the rows of one event."""
    whose = GUEST if customer_id is None else customer_id
    return ((kind, name, whose, seq) for kind, name in named)


def caught_up(database: Database) -> None:
    """Bring the table up to the last event; see :meth:`.catching_up.Index.catch_up`."""
    _INDEX.catch_up(database)


def _step(connection: Connection) -> Head:
    """Read some events further, and return the head as it is then."""
    head = lock_head(connection)
    until = min(head.seq, head.mentioned_seq + _EVENTS_PER_STEP)
    query = select(events.c.seq, events.c.customer_id, events.c.content).where(
        events.c.seq > head.mentioned_seq, events.c.seq <= until, events.c.kind.in_(_KINDS)
    )
    rows = [
        row
        for seq, customer_id, content in connection.execute(query).all()
        for row in rows_of(mentions_of(decode_event(content)), customer_id, seq)
    ]
    # Some may be there: of appends between those of a process that does not know the table.
    upsert_rows(connection, mentions, rows)
    head = replace(head, mentioned_seq=until)
    move_head(connection, head)
    return head


_INDEX: Final = Index("order and serial numbers", lambda head: head.mentioned_seq, _step)


def named_by(
    database: Database, mention: Mention, *, after: str | None = None, limit: int, most_events: int
) -> Named:
    """Return who names an order or serial number.

    Parameters
    ----------
    mention
        Exactly as it was sent.
    after
        Only customers after this one, and no guests; None: from the beginning.
    limit
        How many customers at most.
    most_events
        How many events of each at most, the newest.
    """
    is_meant = (mentions.c.kind == mention[0], mentions.c.name == mention[1])
    who = select(mentions.c.customer_id).where(*is_meant, mentions.c.customer_id > (after or GUEST))
    in_order = who.distinct().order_by(mentions.c.customer_id).limit(limit + 1)
    where = select(mentions.c.seq).where(*is_meant).order_by(mentions.c.seq.desc()).limit(most_events)
    with database.read() as connection:
        found = list(connection.execute(in_order).scalars())
        seqs = {
            one: tuple(connection.execute(where.where(mentions.c.customer_id == one)).scalars())
            for one in (*(() if after is not None else (GUEST,)), *found[:limit])
        }
    guests = seqs.pop(GUEST, ())
    return Named(tuple(seqs.items()), guests, len(found) > limit)
