"""Synthetic shops with tastes: sizes that no data set at hand has."""

import numpy as np
import polars as pl

ITEMS, CUSTOMERS, PURCHASES = 10_000, 1_000, 100
LARGE = "customer-large"
LARGE_ITEMS = 5_000
WIDE_ITEMS, WIDE_CUSTOMERS, WIDE_PURCHASES = 50_000, 20_000, 40
_ORDERS = 20


def busy_shop() -> pl.DataFrame:
    """Return 1,000 customers of exactly 100 purchases each, readers of every item, and one customer of 5,000 items."""
    everyone = _by_taste(CUSTOMERS, PURCHASES, ITEMS)
    every_item = pl.DataFrame(
        {
            "customer_id": [f"reader-{one % 500}" for one in range(ITEMS)] + [LARGE] * LARGE_ITEMS,
            "item_id": [f"item-{one}" for one in range(ITEMS)]
            + [f"item-{2 * one}" for one in range(LARGE_ITEMS)],
            "occurred_at": np.full(ITEMS + LARGE_ITEMS, np.datetime64("2026-02-01T00:00:00", "us")),
            "order_id": [f"all-{one % 500}" for one in range(ITEMS)] + ["large"] * LARGE_ITEMS,
        }
    )
    return pl.concat([everyone, every_item.cast(everyone.schema)])


def wide_shop() -> pl.DataFrame:
    """Return 20,000 customers of 40 purchases each among 50,000 items."""
    return _by_taste(WIDE_CUSTOMERS, WIDE_PURCHASES, WIDE_ITEMS)


def _by_taste(customers: int, purchases: int, items: int) -> pl.DataFrame:
    """Customers buy mostly within one of fifty tastes, in twenty weekly orders."""
    rng = np.random.default_rng(7)
    taste = rng.integers(0, 50, customers)
    popular = rng.zipf(1.3, (customers, purchases)) % (items // 50)
    own = rng.random((customers, purchases)) < 0.8
    item = np.where(own, taste[:, None] * (items // 50) + popular, rng.integers(0, items, own.shape))
    customer = np.repeat(np.arange(customers), purchases)
    order = np.tile(np.repeat(np.arange(_ORDERS), purchases // _ORDERS), customers)
    hour = rng.integers(0, 24 * 7, (customers, _ORDERS))
    start = np.datetime64("2026-01-01T00:00:00")
    when = start + (order * 7 * 24 + hour[customer, order]).astype("timedelta64[h]")
    return pl.DataFrame(
        {
            "customer_id": [f"customer-{one}" for one in customer],
            "item_id": [f"item-{one}" for one in item.ravel()],
            "occurred_at": when.astype("datetime64[us]"),
            "order_id": [f"{one}-{at}" for one, at in zip(customer, order, strict=True)],
        }
    )
