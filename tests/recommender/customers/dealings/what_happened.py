"""Small events for the tests of dealings, some days after noon of the first of May."""

import itertools
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from recommender.customers import Dealings, fold
from recommender.events.vocabulary import AnyEvent, Event, OrderLine, Purchase, Return, ReturnLine
from recommender.types import ItemId, ItemNumber

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = 86_400
RING, BOILER, MUG = ItemNumber(7), ItemNumber(2), ItemNumber(4)
NUMBERS = {ItemId("ring"): RING, ItemId("boiler"): BOILER, ItemId("mug"): MUG}
_Event = TypeVar("_Event", bound=Event)
_ids = (f"e{count:06d}" for count in itertools.count())


def on(day: float) -> datetime:
    """Return a moment."""
    return NOON + timedelta(days=day)


def at_s(day: float) -> int:
    """Return a moment in seconds since 1970."""
    return int(NOON.timestamp() + day * DAY)


def said(what: type[_Event], day: float, /, **fields: Any) -> _Event:  # every kind has fields of its own
    """Return an event of a kind."""
    envelope: dict[str, Any] = {
        "source": "shop",
        "event_id": next(_ids),
        "occurred_at": on(day),
        "customer_id": "ada",
    }
    return what(**(envelope | fields))


def bought(day: float, order_id: str, *lines: OrderLine) -> Purchase:
    """Return an order."""
    return said(Purchase, day, order_id=order_id, lines=lines)


def line(
    item_id: str, quantity: float = 1.0, serial: str | None = None, line_id: str | None = None
) -> OrderLine:
    """Return an order line."""
    return OrderLine(item_id=item_id, quantity=quantity, serial=serial, line_id=line_id)


def gift(
    item_id: str, recipient: str | None = None, serial: str | None = None, line_id: str | None = None
) -> OrderLine:
    """Return an order line for somebody else."""
    return OrderLine(item_id=item_id, is_gift=True, recipient=recipient, serial=serial, line_id=line_id)


def back(
    day: float,
    item_id: str,
    quantity: float = 1.0,
    *,
    serial: str | None = None,
    order_id: str | None = None,
    line_id: str | None = None,
) -> Return:
    """Return a return."""
    asked = ReturnLine(item_id=item_id, quantity=quantity, serial=serial, order_id=order_id, line_id=line_id)
    return said(Return, day, lines=(asked,))


def dealings(*events: AnyEvent, unit_items: Collection[ItemNumber] = ()) -> Dealings:
    """Return what the events fold into."""
    return fold(events, NUMBERS, 1, unit_items=unit_items).dealings
