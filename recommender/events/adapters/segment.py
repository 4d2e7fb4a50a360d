"""Segment track calls: "Order Completed", "Order Refunded", "Order Cancelled" and what shoppers did in the shop.

``messageId`` is the event id, ``userId`` (else ``anonymousId``) the customer. A refund without products takes the
whole order back. Times must carry their offset, as Segment writes them.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

import msgspec

from recommender.errors import InvalidEventError
from recommender.events.vocabulary import (
    AnyEvent,
    Cart,
    OrderCancelled,
    OrderLine,
    Purchase,
    Return,
    ReturnLine,
    View,
)
from recommender.value_rules import shown

_Properties: TypeAlias = dict[str, object]

SOURCE = "segment"


class TrackCall(msgspec.Struct, frozen=True, rename="camel"):
    """The part of a Segment call that Rapport reads."""

    type: str
    event: str | None = None
    message_id: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | None = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = None
    sent_at: datetime | None = None
    properties: _Properties = {}


class ProductName(msgspec.Struct, frozen=True):
    """What a call says about one product."""

    item_id: str
    name: str | None
    category: str | None


def is_segment(row: dict[str, object]) -> bool:
    """Return whether a JSON object looks like a Segment call."""
    return "messageId" in row and isinstance(row.get("type"), str)


def segment_event(call: TrackCall, source: str) -> AnyEvent | str:
    """Return the event of a call, or the reason why it is none.

    Raises
    ------
    InvalidEventError
        The call is of a known kind and something in it is missing or unreadable.

    Examples
    --------
    >>> segment_event(TrackCall(type="page"), "segment")
    'Segment page call'
    """
    if call.type != "track":
        return f"Segment {call.type} call"
    maker = _MAKERS.get((call.event or "").strip().lower())
    return maker(call, source) if maker is not None else f"Segment event {shown(call.event)}"


def products_of(call: TrackCall) -> list[ProductName]:
    """Return the products that a call names, in its order."""
    products = call.properties.get("products", [call.properties])
    rows = [row for row in products if isinstance(row, dict)] if isinstance(products, list) else []
    found = ((_item(row), row.get("name"), row.get("category")) for row in rows)
    return [
        ProductName(
            item, name if isinstance(name, str) else None, category if isinstance(category, str) else None
        )
        for item, name, category in found
        if item is not None
    ]


def _envelope(call: TrackCall, source: str) -> tuple[str, str, datetime, str | None]:
    at = call.timestamp or call.original_timestamp or call.sent_at
    if call.message_id is None:
        raise InvalidEventError("messageId is missing", expected="the id of the call")
    if at is None or at.tzinfo is None:
        raise InvalidEventError(
            "timestamp is missing or has no offset", expected="such as 2024-05-01T12:00:00Z"
        )
    subject = call.user_id if call.user_id is not None else call.anonymous_id
    return source, call.message_id, at, None if subject in {None, ""} else str(subject)


def _completed(call: TrackCall, source: str) -> Purchase:
    source, event_id, at, customer = _envelope(call, source)
    lines = tuple(_order_line(row, index, call.properties) for index, row in enumerate(_products(call)))
    if not lines:
        raise InvalidEventError("properties.products is empty", expected="at least one product")
    return Purchase(
        source=source,
        event_id=event_id,
        occurred_at=at,
        customer_id=customer,
        channel="web",
        order_id=_order_id(call),
        lines=lines,
    )


def _refunded(call: TrackCall, source: str) -> Return | OrderCancelled:
    rows = _products(call)
    if not rows:
        return _cancelled(call, source)
    source, event_id, at, customer = _envelope(call, source)
    order = _order_id(call)
    lines = tuple(
        ReturnLine(item_id=_required_item(row, index), quantity=_quantity(row, index), order_id=order)
        for index, row in enumerate(rows)
    )
    return Return(
        source=source, event_id=event_id, occurred_at=at, customer_id=customer, channel="web", lines=lines
    )


def _cancelled(call: TrackCall, source: str) -> OrderCancelled:
    source, event_id, at, customer = _envelope(call, source)
    return OrderCancelled(
        source=source,
        event_id=event_id,
        occurred_at=at,
        customer_id=customer,
        channel="web",
        order_id=_order_id(call),
    )


def _viewed(call: TrackCall, source: str) -> View:
    source, event_id, at, customer = _envelope(call, source)
    item = _required_item(call.properties, None)
    return View(
        source=source, event_id=event_id, occurred_at=at, customer_id=customer, channel="web", item_id=item
    )


def _carted(call: TrackCall, source: str) -> Cart:
    source, event_id, at, customer = _envelope(call, source)
    return Cart(
        source=source,
        event_id=event_id,
        occurred_at=at,
        customer_id=customer,
        channel="web",
        item_id=_required_item(call.properties, None),
        quantity=_quantity(call.properties, None),
        change="removed" if "removed" in (call.event or "").lower() else "added",
    )


def _products(call: TrackCall) -> list[_Properties]:
    products = call.properties.get("products")
    if products is None:
        return []
    if not isinstance(products, list) or not all(isinstance(row, dict) for row in products):
        raise InvalidEventError("properties.products is no list of products", found=shown(products))
    return products


def _order_line(row: _Properties, index: int, properties: _Properties) -> OrderLine:
    price = _money(row.get("price"), index)
    currency = row.get("currency", properties.get("currency"))
    return OrderLine(
        item_id=_required_item(row, index),
        quantity=_quantity(row, index),
        unit_price=price,
        currency=currency.upper() if isinstance(currency, str) and price is not None else None,
    )


def _order_id(call: TrackCall) -> str:
    order = call.properties.get("order_id")
    if order in {None, ""} or not isinstance(order, str | int):
        raise InvalidEventError("properties.order_id is missing", expected="the number of the order")
    return str(order)


def _item(row: _Properties) -> str | None:
    item = next((row[key] for key in ("product_id", "sku") if row.get(key) not in {None, ""}), None)
    return str(item) if isinstance(item, str | int) else None


def _required_item(row: _Properties, index: int | None) -> str:
    item = _item(row)
    if item is None:
        raise InvalidEventError(f"{_path(index)}product_id is missing", expected="product_id or sku")
    return item


def _quantity(row: _Properties, index: int | None) -> float:
    quantity = row.get("quantity", 1)
    try:
        return float(quantity)  # type: ignore[arg-type]  # anything JSON holds; what is no number raises
    except (TypeError, ValueError):
        raise InvalidEventError(f"{_path(index)}quantity is not a number", found=shown(quantity)) from None


def _money(price: object, index: int) -> Decimal | None:
    if price is None or price == "":
        return None
    try:
        return Decimal(str(price))
    except InvalidOperation:
        raise InvalidEventError(f"{_path(index)}price is not a number", found=shown(price)) from None


def _path(index: int | None) -> str:
    return "properties." if index is None else f"properties.products[{index}]."


_MAKERS: dict[str, Callable[[TrackCall, str], AnyEvent]] = {
    "order completed": _completed,
    "order refunded": _refunded,
    "order cancelled": _cancelled,
    "product viewed": _viewed,
    "product added": _carted,
    "product removed": _carted,
}
