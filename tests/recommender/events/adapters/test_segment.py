import json
from decimal import Decimal
from typing import Any, TypeAlias

import pytest

from recommender.events.vocabulary import AnyEvent, Cart, OrderCancelled, Purchase, Return, View

Load: TypeAlias = Any  # the fixture of conftest.py


def call(event: str, properties: dict[str, object], **changes: object) -> str:
    whole = {
        "type": "track", "event": event, "messageId": "m1", "userId": "u1", "timestamp": "2024-01-01T10:00:00.000Z",
        "properties": properties,
    }  # fmt: skip
    return json.dumps({name: value for name, value in (whole | changes).items() if value is not None})


ORDER: dict[str, object] = {
    "order_id": "o1",
    "currency": "usd",
    "products": [
        {
            "product_id": "p1",
            "sku": "s1",
            "name": "Mug",
            "category": "Home/Kitchen",
            "price": 19,
            "quantity": 2,
        },
        {"sku": "s2", "price": "3.50"},
    ],
}


def only(load: Load, *lines: str) -> AnyEvent:
    source = load("\n".join(lines), name="calls.jsonl")
    assert source.shape == "segment"
    ((event, _),) = list(source.events())
    found: AnyEvent = event
    return found


def test_order_completed_is_a_purchase(load: Load) -> None:
    event = only(load, call("Order Completed", ORDER))
    assert isinstance(event, Purchase)
    assert (event.source, event.event_id, event.customer_id, event.order_id) == ("segment", "m1", "u1", "o1")
    lines = [(line.item_id, line.quantity, line.unit_price, line.currency) for line in event.lines]
    assert lines == [("p1", 2.0, Decimal(19), "USD"), ("s2", 1.0, Decimal("3.50"), "USD")]


def test_its_products_become_items(load: Load) -> None:
    items = load(call("Order Completed", ORDER), name="calls.jsonl").items
    assert items.rows() == [("p1", "Mug", ["Home", "Kitchen"], True)]


def test_a_refund_with_products_is_a_return_of_that_order(load: Load) -> None:
    event = only(
        load, call("Order Refunded", {"order_id": "o1", "products": [{"product_id": "p1", "quantity": 1}]})
    )
    assert isinstance(event, Return)
    assert (event.lines[0].item_id, event.lines[0].order_id) == ("p1", "o1")


@pytest.mark.parametrize("products", [None, []])
def test_a_refund_without_products_takes_the_whole_order_back(load: Load, products: object) -> None:
    event = only(load, call("Order Refunded", {"order_id": "o1", "products": products}))
    assert isinstance(event, OrderCancelled)
    assert event.order_id == "o1"


def test_views_and_carts_are_taken_too(load: Load) -> None:
    assert isinstance(only(load, call("Product Viewed", {"product_id": "p1"})), View)
    cart = only(load, call("Product Removed", {"product_id": "p1", "quantity": 2}))
    assert isinstance(cart, Cart)
    assert (cart.change, cart.quantity) == ("removed", 2.0)


def test_who_is_not_known_by_user_id_is_known_by_anonymous_id_or_is_a_guest(load: Load) -> None:
    assert only(load, call("Order Completed", ORDER, userId=None, anonymousId="a1")).customer_id == "a1"
    assert only(load, call("Order Completed", ORDER, userId=None)).customer_id is None
    assert only(load, call("Order Completed", ORDER, userId=7)).customer_id == "7"


def test_calls_that_say_nothing_about_buying_are_counted_and_skipped(load: Load) -> None:
    lines = [call("Signed Up", {}), call("Signed Up", {}), json.dumps({"type": "page", "messageId": "m2"})]
    source = load("\n".join(lines), name="calls.jsonl")
    assert source.skipped == {"Segment event 'Signed Up'": 2, "Segment page call": 1}
    assert source.counts.events == source.rejected.height == 0


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (call("Order Completed", ORDER, timestamp="2024-01-01T10:00:00"), "timestamp", "is missing or has no offset"),
        (call("Order Completed", ORDER, timestamp=None), "timestamp", "is missing or has no offset"),
        (call("Order Completed", ORDER, timestamp="2034-01-01T10:00:00Z"), "occurred_at", "is out of range"),
        (call("Order Completed", ORDER, messageId="m\x00"), "event_id", "is no id"),
        (call("Order Completed", {"order_id": "o1"}), "properties.products", "is empty"),
        (call("Order Completed", {"order_id": "o1", "products": "mug"}), "properties.products", "is no list of products"),
        (call("Order Completed", {"products": [{"sku": "a"}]}), "properties.order_id", "is missing"),
        (call("Order Completed", {"order_id": "o1", "products": [{}]}), "properties.products[0].product_id", "is missing"),
        (call("Order Completed", {"order_id": "o1", "products": [{"sku": "a", "quantity": "x"}]}), "properties.products[0].quantity", "is not a number"),
        (call("Order Completed", {"order_id": "o1", "products": [{"sku": "a", "price": "x"}]}), "properties.products[0].price", "is not a number"),
        (call("Order Completed", {"order_id": "o1", "products": [{"sku": "a", "quantity": 0}]}), "lines[0].quantity", "is out of range"),
        (call("Order Completed", {"order_id": "o1", "products": [{"sku": "a", "price": "NaN"}]}), "lines[0].unit_price", "is out of range"),
    ],
)  # fmt: skip
def test_a_bad_call_is_rejected_with_the_field_and_the_reason(
    load: Load, line: str, column: str, reason: str
) -> None:
    source = load(line + "\n", name="calls.jsonl")
    assert source.rejected.select("line", "column", "reason").row(0) == ("1", column, reason)
    assert list(source.events()) == []


def test_a_line_that_nan_breaks_is_told_so(load: Load) -> None:
    line = call("Order Completed", ORDER).replace('"order_id"', '"total": NaN, "order_id"')
    source = load(call("Order Completed", ORDER) + "\n" + line + "\n", name="calls.jsonl")
    reason = source.rejected["reason"].item()
    assert reason.endswith("(NaN and Infinity are no JSON)")
    assert "byte" not in reason
