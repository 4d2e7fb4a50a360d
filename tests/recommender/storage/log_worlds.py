"""Small events for the tests of the log."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import recommender
from recommender.events.vocabulary import OrderLine, Profile, Purchase, View
from recommender.storage.log import EventLog
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ADA, BOB = CustomerId("ada"), CustomerId("bob")
ROOT = Path(recommender.__file__).parents[1]


def order(
    event_id: str,
    *items: str,
    customer: str | None = "ada",
    day: int = 0,
    source: str = "shop",
    price: str | None = "4.5",
) -> Purchase:
    """Return an order of one piece of each item, ``day`` days after noon of the first of May."""
    unit_price = None if price is None else Decimal(price)
    return Purchase(
        source=source,
        event_id=event_id,
        occurred_at=NOON + timedelta(days=day),
        customer_id=customer,
        order_id=f"order-{event_id}",
        lines=tuple(OrderLine(item_id=item, unit_price=unit_price) for item in items or ("mug",)),
    )


def view(event_id: str, *, customer: str | None = "ada", day: int = 0, item: str = "mug") -> View:
    """Return a look at an item."""
    at = NOON + timedelta(days=day)
    return View(source="web", event_id=event_id, occurred_at=at, customer_id=customer, item_id=item)


def profile(event_id: str, *, day: int = 0, name: str | None = None, email: str | None = None) -> Profile:
    """Return what Ada said about herself."""
    at = NOON + timedelta(days=day)
    return Profile(
        source="crm",
        event_id=event_id,
        occurred_at=at,
        customer_id="ada",
        name=name,
        email=email,
        language="en",
    )


def statuses(log: EventLog, *events: Purchase | View | Profile) -> list[str]:
    """Append events in one call and return what became of each."""
    return [result.status for result in log.append(events)]


def everything(log: EventLog) -> list[StoredEvent]:
    """Return all events of all customers (not of guests), by place in the log."""
    found = [event for who, _ in log.customers_changed_after(0) for event in log.events_of(who)]
    return sorted(found, key=lambda event: event.seq)


def script(source: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a Python program in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command: Sequence[str] = (sys.executable, "-c", source, *arguments)
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
