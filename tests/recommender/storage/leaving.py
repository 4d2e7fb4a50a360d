"""Somebody who leaves, with a trace in every table of the log."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import MetaData, create_engine, select

from recommender.events.codec import decode_event
from recommender.events.vocabulary import AnyEvent, ContactReserved
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.storage.terms import AnsweredRequest, Terms
from recommender.types import CustomerId, DecisionId
from tests.recommender.storage.log_worlds import NOON

EVE = CustomerId("eve-4711")
EMAIL = "eve@example.org"
MILLION = 1_000_000


def told(type_: str, event_id: str, customer: str | None = EVE, /, **fields: Any) -> AnyEvent:
    """Return an event as it comes over the wire."""
    envelope = {
        "type": type_,
        "source": "shop",
        "event_id": event_id,
        "occurred_at": NOON,
        "customer_id": customer,
    }
    return decode_event(msgspec.json.encode(envelope | fields))


def life_of(customer: str = EVE) -> list[AnyEvent]:
    """Return events of every sort that leaves a trace beside the events."""
    unit = {"serial": f"s-{customer}", "item_id": "mug"}
    goodwill = {"kind": "goodwill", "author": "mira", "reason": "sorry", "amount": "7", "currency": "EUR"}
    email = {"email": EMAIL} if customer == EVE else {}
    return [
        told("purchase", f"{customer}-1", customer, order_id=f"o-{customer}", lines=[unit]),
        told("service_visit", f"{customer}-2", customer, service_code="s", order_id="o-9", **unit),
        told("profile", f"{customer}-3", customer, name=f"Name of {customer}", **email),
        told("consent_change", f"{customer}-4", customer, consent_channel="email", status="subscribed"),
        told("override", f"{customer}-5", customer, **goodwill),
        told("identify", f"{customer}-6", customer, other_id=f"card-of-{customer}"),
    ]


def reserve(log: EventLog, customer: str = EVE, name: str = "d-1") -> None:
    """Reserve a contact with goodwill, as an outbound decision does."""
    event = ContactReserved(
        source="rapport",
        event_id=f"reserved-{name}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=name,
        request_id=f"mail/{customer}",
        expires_at=NOON + timedelta(hours=1),
        action="sorry",
        amount=Decimal(15),
        currency="EUR",
    )
    who = CustomerId(customer)
    answer = AnsweredRequest(f"mail/{customer}", DecisionId(name))
    log.append_if([event], Terms(who, log.version_of(who), (receipt(name, customer),), answer))


def receipt(name: str, customer: str | None = EVE) -> StoredReceipt:
    return StoredReceipt(DecisionId(name), customer, NOON, f"content of {name}".encode())


def rows_with(url: str, needle: str) -> dict[str, int]:
    """Return how many rows of each table have a text in one of their cells."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    known = MetaData()
    known.reflect(engine)
    found = {}
    with engine.connect() as connection:
        for table in known.sorted_tables:
            rows = connection.execute(select(table)).all()
            found[table.name] = sum(any(_has(cell, needle) for cell in row) for row in rows)
    engine.dispose()
    return {name: count for name, count in found.items() if count}


def _has(cell: object, needle: str) -> bool:
    if isinstance(cell, bytes | memoryview):
        return needle.encode() in bytes(cell)
    return isinstance(cell, str) and needle in cell
