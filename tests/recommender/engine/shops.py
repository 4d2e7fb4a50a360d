"""Small things that the tests of the engine buy and ask."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from recommender.customers.state import CustomerState
from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from recommender.events.vocabulary import OrderLine, Purchase
from recommender.types import CustomerId

ANN = CustomerId("ann")
BEN = CustomerId("ben")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2024, 5, 2, tzinfo=UTC)


def order(customer_id: str | None, order_id: str, *items: str, at: datetime = NOON) -> Purchase:
    """Return an order of one of each item."""
    return Purchase(
        source="shop",
        event_id=order_id,
        occurred_at=at,
        customer_id=customer_id,
        order_id=order_id,
        lines=tuple(OrderLine(item_id=item) for item in items),
    )


def open_engine(home: Path, redis_url: str | None = None, database_url: str | None = None) -> Engine:
    """Open one worker of an installation."""
    return Engine.open(Settings.load(home=home, redis_url=redis_url, database_url=database_url))


def read(engine: Engine, customer_id: CustomerId = ANN) -> CustomerState:
    """Read one state, in an event loop of its own."""

    async def once() -> CustomerState:
        try:
            return await engine.read_state(customer_id)
        finally:
            await engine._parts.store.aclose()

    return asyncio.run(once())


def owned(engine: Engine, customer_id: CustomerId = ANN) -> set[str]:
    """Return what a customer owns, as this worker's next decision would see it."""
    items = read(engine, customer_id).items
    return {engine.log.numbers.id_of(number) for number in items.number[items.owned > 0].tolist()}


def wait_until(is_so: Callable[[], bool], *, seconds: float = 15.0) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def wait_until_trusted(*engines: Engine) -> None:
    """Wait until every worker answers from the state store."""
    wait_until(lambda: all(engine.tend() and engine.state_is_trusted for engine in engines))


def buy(engine: Engine, order_id: str, *items: str, customer_id: str = ANN) -> bool:
    """Post one purchase; say whether it was projected."""
    (result,) = engine.append([order(customer_id, order_id, *items)])
    assert result.status == "accepted"
    return result.projected


def close_all(engines: Sequence[Engine]) -> None:
    """Close workers in the order in which they were opened."""
    for engine in engines:
        engine.close()
