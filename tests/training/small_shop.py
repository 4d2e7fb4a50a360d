"""A small shop with known habits: two tastes, refills that come back, and things that are bought once."""

from datetime import UTC, datetime, timedelta

import numpy as np

from recommender.catalog import CatalogItem
from recommender.events.vocabulary import AnyEvent, OrderLine, Purchase, Return, ReturnLine

OPENED = datetime(2024, 1, 1, tzinfo=UTC)
CLOSED = datetime(2024, 7, 1, tzinfo=UTC)
CUSTOMERS = 160
REFILLS = ("coffee", "tea")
THINGS = tuple(f"{taste}-{number:02d}" for taste in ("kitchen", "garden") for number in range(18))


def small_shop_events(seed: int = 7) -> list[AnyEvent]:
    """Orders of 160 customers over half a year; who likes the kitchen buys coffee, who likes the garden buys tea."""
    rng = np.random.default_rng(seed)
    events: list[AnyEvent] = []
    for customer in range(CUSTOMERS):
        events += _orders_of(customer, rng)
    events.append(_return_of(events[0]))
    return events


def small_shop_items() -> list[CatalogItem]:
    """Names for everything; the last garden thing is sold out."""
    ids = (*REFILLS, *THINGS)
    return [CatalogItem(item_id=item, name=item.upper(), available=item != THINGS[-1]) for item in ids]


def _orders_of(customer: int, rng: np.random.Generator) -> list[AnyEvent]:
    taste = customer % 2
    shelf = list(THINGS[taste * 18 : taste * 18 + 18])
    rng.shuffle(shelf)
    at = OPENED + timedelta(days=float(rng.uniform(0, 20)))
    orders: list[AnyEvent] = []
    while at < CLOSED and shelf:
        bought = [REFILLS[taste], *(shelf.pop() for _ in range(min(len(shelf), int(rng.integers(1, 3)))))]
        orders.append(purchase(f"shopper-{customer:03d}", f"{customer}-{len(orders)}", at, *bought))
        at += timedelta(days=float(rng.uniform(12, 30)))
    return orders


def purchase(customer: str | None, order: str, at: datetime, *items: str) -> Purchase:
    """One order of one of each item."""
    lines = tuple(OrderLine(item_id=item) for item in items)
    return Purchase(
        source="shop", event_id=order, occurred_at=at, customer_id=customer, order_id=order, lines=lines
    )


def _return_of(order: AnyEvent) -> Return:
    assert isinstance(order, Purchase)
    line = ReturnLine(item_id=order.lines[1].item_id, order_id=order.order_id)
    return Return(
        source="shop",
        event_id="back-1",
        occurred_at=order.occurred_at + timedelta(days=3),
        customer_id=order.customer_id,
        lines=(line,),
    )
