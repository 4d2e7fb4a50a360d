"""Purchases that know what was known at any time: a return that came later is not seen before it."""

from dataclasses import fields, replace

import numpy as np
import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.customers import OrderLines
from recommender.customers.lines import CANCELLATION, RETURN
from recommender.data import Purchases, purchases_from, revisable_purchases_from, temporal_splits
from tests.recommender.data.worlds import DAY, START

DAY_US = DAY * 1_000_000
CUSTOMERS = [f"c{code}" for code in range(9)]
ITEMS = [f"i{number}" for number in range(12)]


def random_lines(seed: int, rows: int = 400) -> OrderLines:
    """Return purchases, returns with and without an order, of customers and guests, and cancelled orders, in any order."""
    rng = np.random.default_rng(seed)
    order = rng.integers(0, 120, rows)
    kind = rng.choice([0, 0, 0, 0, 0, RETURN, RETURN, CANCELLATION], rows, p=[0.16] * 5 + [0.08, 0.08, 0.04])
    named = (kind != RETURN) | (rng.random(rows) < 0.5)
    lines = OrderLines(
        customer=(order % 10 - 1).astype(np.int32),
        order=np.where(named, order, -1).astype(np.int32),
        number=rng.integers(0, len(ITEMS), rows).astype(np.uint32),
        quantity=rng.integers(1, 4, rows).astype(np.float64),
        at_us=START * 1_000_000 + (rng.uniform(0, 200, rows) * DAY_US).astype(np.int64),
        kind=kind.astype(np.uint8),
        is_gift=np.zeros(rows, np.bool_),
        rank=np.zeros(rows, np.int64),
        unit_price=rng.uniform(1, 9, rows),
        serial=rng.integers(-1, 6, rows).astype(np.int32),
        line=rng.integers(-1, 3, rows).astype(np.int32),
    )
    rank = np.empty(rows, np.int64)
    rank[np.argsort(lines.at_us, kind="stable")] = np.arange(rows)
    return replace(lines, rank=rank)


def as_sets(purchases: Purchases) -> list[tuple[object, ...]]:
    """Return the lines with names instead of codes, in their order."""
    names = [*purchases.customers, None]
    return [
        (names[customer], purchases.items.ids[item], quantity, at_s, price)
        for customer, item, quantity, at_s, price in zip(
            purchases.customer.tolist(),
            purchases.item.tolist(),
            purchases.quantity.tolist(),
            purchases.at_s.tolist(),
            purchases.unit_price.tolist(),
            strict=True,
        )
    ]


def revisable(lines: OrderLines) -> Purchases:
    return revisable_purchases_from(lines, CUSTOMERS, ITEMS, catalogue=Catalogue.empty())


@pytest.mark.parametrize("seed", range(12))
def test_what_was_known_at_a_time_is_what_a_log_that_ended_then_says(seed: int) -> None:
    lines = random_lines(seed)
    bought = revisable(lines)
    assert as_sets(bought) == as_sets(purchases_from(lines, CUSTOMERS, ITEMS, catalogue=Catalogue.empty()))
    for day in range(0, 210, 15):
        until_s = START + day * DAY
        then = purchases_from(
            lines, CUSTOMERS, ITEMS, catalogue=Catalogue.empty(), until_us=until_s * 1_000_000
        )
        known = bought.before(until_s)
        assert as_sets(known) == as_sets(then)
        assert known.items.ids == then.items.ids
        assert as_sets(bought.before(START + 190 * DAY).before(until_s)) == as_sets(
            bought.before(min(until_s, START + 190 * DAY))
        )
        window = bought.between(until_s - 28 * DAY, until_s)
        assert as_sets(window) == [row for row in as_sets(then) if int(str(row[3])) >= until_s - 28 * DAY]


def test_customers_keep_their_codes_at_every_time() -> None:
    bought = revisable(random_lines(3))
    assert all(bought.before(START + day * DAY).customers == bought.customers for day in (0, 50, 150))


def test_a_shop_without_returns_keeps_no_second_book() -> None:
    lines = random_lines(1)
    kept = lines.where(lines.kind == 0)
    assert revisable(kept).ledger is None
    names = {field.name for field in fields(OrderLines)}
    assert all(len(getattr(kept, name)) == len(kept) for name in names)


def test_a_later_return_moves_no_window_and_no_split() -> None:
    lines = random_lines(2)
    kept = lines.where(lines.kind == 0)
    last = kept.where(kept.at_us < (START + 100 * DAY) * 1_000_000)
    everything_back = replace(
        last,
        kind=np.full(len(last), RETURN, np.uint8),
        at_us=np.full(len(last), (START + 199 * DAY) * 1_000_000),
        rank=kept.rank.max() + 1 + np.arange(len(last)),
    )
    both = OrderLines(
        **{
            field.name: np.concatenate((getattr(kept, field.name), getattr(everything_back, field.name)))
            for field in fields(OrderLines)
        }
    )
    before, after = revisable(kept), revisable(both)
    assert len(after) < len(before)
    end_s = START + 201 * DAY
    assert temporal_splits(after, end_s, 28, 5) == temporal_splits(before, end_s, 28, 5)
    assert as_sets(after.before(START + 150 * DAY)) == as_sets(before.before(START + 150 * DAY))
