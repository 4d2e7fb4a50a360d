from datetime import UTC, datetime

import numpy as np
import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.customers import OrderLines, fold_columns
from recommender.customers.lines import no_names
from recommender.data import (
    histories_of,
    history_of,
    holdings_of,
    purchase_matrix,
    purchases_from,
    purchases_from_frame,
    recency_matrix,
    temporal_splits,
)
from recommender.errors import InvalidInputError
from recommender.types import CustomerId
from tests.recommender.data.worlds import DAY, START, busy_shop, index_of, shop

DAY_US = DAY * 1_000_000


def lines_of(rows: list[tuple[int, int, int, float, float, int]]) -> OrderLines:
    """Return order lines from (customer, order, number, quantity, day, kind) rows."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return OrderLines(
        customer=np.array(columns[0], np.int32),
        order=np.array(columns[1], np.int32),
        number=np.array(columns[2], np.uint32),
        quantity=np.array(columns[3], np.float64),
        at_us=(np.array(columns[4], np.float64) * DAY_US).astype(np.int64),
        kind=np.array(columns[5], np.uint8),
        is_gift=np.zeros(len(rows), np.bool_),
        rank=np.arange(len(rows), dtype=np.int64),
        unit_price=np.full(len(rows), np.nan),
        serial=no_names(len(rows)),
        line=no_names(len(rows)),
    )


def test_what_was_returned_teaches_nothing() -> None:
    lines = lines_of([(0, 0, 3, 2, 1, 0), (0, 0, 5, 1, 1, 0), (0, 0, 3, 2, 4, 1), (0, 0, 5, 1, 5, 0)])
    bought = purchases_from(lines, ["ann"], [f"i{n}" for n in range(6)], catalogue=Catalogue.empty())
    assert bought.items.ids == ("i5",)
    assert bought.at_s.tolist() == [DAY, 5 * DAY]


def test_a_return_after_the_cut_off_was_not_known_at_it() -> None:
    lines = lines_of([(0, 0, 3, 2, 1, 0), (0, 0, 3, 2, 4, 1)])
    ids = [f"i{n}" for n in range(6)]
    bought = purchases_from(lines, ["ann"], ids, catalogue=Catalogue.empty(), until_us=3 * DAY_US)
    assert bought.quantity.tolist() == [2.0]


def test_guests_come_first_and_have_no_customer() -> None:
    lines = lines_of([(1, 0, 0, 1, 1, 0), (-1, 1, 0, 1, 2, 0), (-1, 1, 1, 1, 2, 0)])
    bought = purchases_from(lines, ["ann", "bob"], ["a", "b"], catalogue=Catalogue.empty())
    assert bought.customer.tolist() == [-1, -1, 0]
    assert bought.customers == ("bob",)
    assert holdings_of(bought).n_rows == 2


def test_items_are_numbered_by_buyers_then_by_permanent_number() -> None:
    bought = shop([(0, 0, "rare", 1), (0, 0, "b", 1), (1, 1, "b", 1), (1, 1, "a", 2), (0, 2, "a", 3)], 2)
    assert bought.items.ids == ("a", "b", "rare")


def test_no_lines_make_empty_purchases() -> None:
    bought = purchases_from(lines_of([]), [], [], catalogue=Catalogue.empty())
    assert len(bought) == 0
    assert holdings_of(bought).n_rows == 0
    assert purchases_from_frame([], [], [], []).items.ids == ()


def test_a_frame_with_a_naive_time_is_refused() -> None:
    naive = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(InvalidInputError, match="time zone"):
        purchases_from_frame(["ann"], ["tea"], [naive], [1])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="length"):
        purchases_from_frame(["ann"], ["tea", "cup"], [datetime(2025, 1, 1, tzinfo=UTC)], [1])


def test_a_history_from_columns_equals_the_fold_of_the_customer() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for order in range(400):
        customer, day = int(rng.integers(0, 5)), float(rng.integers(0, 300))
        for number in rng.choice(40, size=3, replace=False).tolist():
            rows.append((customer, order, number, float(rng.integers(1, 4)), day, 0))
        if order % 7 == 0:
            rows.append((customer, order, number, 1.0, day + 2, 1))
    lines = lines_of(sorted(rows, key=lambda row: row[4]))
    ids = [CustomerId(f"c{code}") for code in range(5)]
    bought = purchases_from(lines, ids, [f"i{n}" for n in range(40)], catalogue=Catalogue.empty())
    folded = fold_columns(lines, ids, np.ones(5, np.int64))
    histories = histories_of(bought)
    index = bought.items.index_of_number()
    for code in range(5):
        ours, theirs = histories.history(code), history_of(folded.state(code), index)
        for name in (
            "item",
            "owned",
            "orders",
            "first_s",
            "last_s",
            "recent_item",
            "recent_s",
            "recent_quantity",
        ):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)
        assert (ours.customer_orders, ours.customer_first_s, ours.customer_last_s) == (
            theirs.customer_orders,
            theirs.customer_first_s,
            theirs.customer_last_s,
        )


def test_the_matrix_weighs_the_last_purchase_of_a_pair() -> None:
    bought = shop([(0, 0, "a", 0), (0, 1, "a", 10), (1, 2, "a", 0), (1, 2, "b", 0)], 2)
    matrix = recency_matrix(holdings_of(bought), START + 20 * DAY, half_life_days=10.0).toarray()
    np.testing.assert_allclose(matrix, [[0.5, 0.0], [0.25, 0.25]])
    np.testing.assert_array_equal(purchase_matrix(holdings_of(bought)).toarray(), [[1, 0], [1, 1]])


def test_what_was_known_at_a_time_does_not_depend_on_what_came_later() -> None:
    early: list[tuple[int, int, str, float]] = [(0, 0, "a", 0), (1, 1, "b", 0), (1, 2, "a", 3)]
    cut = START + 5 * DAY
    before = shop(early, 2).before(cut)
    with_future = shop([*early, (0, 3, "b", 9), (1, 4, "new", 9)], 2).before(cut)
    assert before.items.ids == with_future.items.ids == ("a", "b")
    for name in ("customer", "order", "item", "quantity", "at_s"):
        np.testing.assert_array_equal(getattr(before, name), getattr(with_future, name))
    assert index_of(with_future, "a") == 0


def test_splits_end_where_they_are_told_and_touch() -> None:
    splits = temporal_splits(busy_shop(), START + 200 * DAY, 28, most=3)
    assert [split.end_s for split in splits] == [START + day * DAY for day in (200, 172, 144)]
    assert [split.cut_s for split in splits] == [START + day * DAY for day in (172, 144, 116)]


def test_a_history_shorter_than_two_windows_has_no_split() -> None:
    assert temporal_splits(busy_shop(days=40), START + 40 * DAY, 28, most=3) == ()
    assert temporal_splits(shop([], 0), START, 28, most=3) == ()
