"""Small shops with known answers."""

from datetime import UTC, datetime

import numpy as np

from recommender.data import ItemTable, Purchases
from recommender.data.purchases import reindexed
from recommender.types import CustomerId, ItemId

DAY = 86_400
START = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())


def shop(lines: list[tuple[int, int, str, float]], customers: int) -> Purchases:
    """Return purchases from (customer or -1, order, item, day) rows."""
    names = sorted({item for _, _, item, _ in lines})
    number = {name: index for index, name in enumerate(names)}
    rows = sorted(lines, key=lambda line: (line[0], line[3]))
    return reindexed(
        Purchases(
            customer=np.array([row[0] for row in rows], np.int32),
            order=np.array([row[1] for row in rows], np.int32),
            item=np.array([number[row[2]] for row in rows], np.int32),
            quantity=np.ones(len(rows), np.float32),
            at_s=np.array([START + int(row[3] * DAY) for row in rows], np.int64),
            unit_price=np.full(len(rows), np.nan),
            customers=tuple(CustomerId(f"c{code}") for code in range(customers)),
            items=ItemTable(tuple(ItemId(name) for name in names), np.arange(len(names), dtype=np.uint32)),
        )
    )


def index_of(purchases: Purchases, item: str) -> int:
    """Return the index of an item by its id."""
    return purchases.items.ids.index(ItemId(item))


def busy_shop(seed: int = 1, customers: int = 120, items: int = 60, days: int = 200) -> Purchases:
    """Return a shop in which customers buy within two tastes, and some items again and again.

    Even customers buy even items and odd ones odd items; items below six are bought again about every two weeks.
    Every twentieth order is a guest's.
    """
    rng = np.random.default_rng(seed)
    lines: list[tuple[int, int, str, float]] = []
    order = 0
    for customer in range(customers):
        day = float(rng.uniform(0, 40))
        while day < days:
            order += 1
            who = -1 if order % 20 == 0 else customer
            basket = rng.choice(np.arange(customer % 2, items, 2), size=3, replace=False)
            staple = customer % 2 + 2 * int(rng.integers(0, 3))
            lines += [(who, order, f"i{item:03d}", round(day)) for item in {*basket.tolist(), staple}]
            day += float(rng.uniform(7, 21))
    return shop(lines, customers)
