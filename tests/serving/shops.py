"""Events of a small shop, by hand and by the dozen, as JSON that goes over the wire."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

Json = dict[str, Any]

ITEMS = tuple(f"item-{number:02d}" for number in range(40))
_NUMBERS = count(1)


def purchase(customer_id: str | None, *item_ids: str, days_ago: float = 1.0, **fields: Any) -> Json:
    """Return one order of one of each item."""
    number = next(_NUMBERS)
    event: Json = {
        "type": "purchase",
        "source": "test",
        "event_id": f"order-{number}",
        "occurred_at": at(days_ago),
        "order_id": f"O-{number}",
        "lines": [{"item_id": item_id} for item_id in item_ids],
        **fields,
    }
    return event if customer_id is None else {**event, "customer_id": customer_id}


def view(item_id: str, **fields: Any) -> Json:
    """Return somebody looking at an item."""
    return {
        "type": "view",
        "source": "test",
        "event_id": f"view-{next(_NUMBERS)}",
        "occurred_at": at(0.01),
        "item_id": item_id,
        **fields,
    }


def returned(customer_id: str, item_id: str, quantity: float = 1.0) -> Json:
    """Return an item coming back just now."""
    return {
        "type": "return",
        "source": "test",
        "event_id": f"return-{next(_NUMBERS)}",
        "occurred_at": at(0.0),
        "customer_id": customer_id,
        "lines": [{"item_id": item_id, "quantity": quantity}],
    }


def at(days_ago: float) -> str:
    """Return a moment in the past as the wire has it."""
    return (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()


def habits(seed: int = 3, customers: int = 60) -> Iterator[Json]:
    """Yield orders of half a year: two tastes, popular items first."""
    rng = np.random.default_rng(seed)
    for customer in range(customers):
        shelf = ITEMS[:20] if customer % 2 else ITEMS[20:]
        for days_ago in sorted(rng.uniform(1, 180, size=6), reverse=True):
            weight = 1.0 / np.arange(1, 21)
            bought = rng.choice(20, size=2, replace=False, p=weight / weight.sum())
            yield purchase(
                f"c{customer:02d}", *(shelf[int(index)] for index in bought), days_ago=float(days_ago)
            )


def offered(slate: Json, kind: str = "product_offer") -> list[str]:
    """Return the items of a slate, of one kind."""
    return [action["item_id"] for action in slate["actions"] if action["action"] == kind]
