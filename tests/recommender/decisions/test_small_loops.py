"""Loops that stand where NumPy's routines would take the compiler seconds do what those do, bit for bit."""

import numpy as np
import pytest

from recommender.data import History, with_session
from recommender.data.history_kernels import BoughtItems, with_in_hand
from recommender.models.arrays import read_only
from recommender.models.repeat_kernels import TREE_ROWS, rows_for_trees
from recommender.types import Int32Array

NOW_S = 2_000_000_000
ITEMS = 30


def test_a_customer_with_things_in_hand_is_one_who_bought_them_now() -> None:
    rng = np.random.default_rng(6)
    index_of_number = read_only(rng.permutation(np.arange(-10, ITEMS)).clip(-1).astype(np.int32))
    for size in range(ITEMS):
        item = np.sort(rng.choice(ITEMS, size, replace=False)).astype(np.int32)
        bought = _bought(item, rng)
        in_hand = rng.integers(0, 50, int(rng.integers(1, 12))).astype(np.uint32)
        index = np.array([index_of_number[one] if one < 40 else -1 for one in in_hand], np.int32)
        compiled = with_in_hand(bought, in_hand, index_of_number, NOW_S)
        expected = with_session(_history(bought), index, NOW_S)
        for name in ("item", "owned", "orders", "first_s", "last_s"):
            np.testing.assert_array_equal(getattr(compiled, name), getattr(expected, name))


@pytest.mark.parametrize("distinct", [1, 3, 50, 100_000])
def test_the_trees_look_at_the_best_rows_and_of_equal_ones_at_the_first(distinct: int) -> None:
    rng = np.random.default_rng(7)
    for size in (0, 1, TREE_ROWS, TREE_ROWS + 1, 1000):
        log_odds = (rng.integers(0, distinct, size) / np.float32(7)).astype(np.float32)
        expected = np.sort(np.argsort(-log_odds, kind="stable")[:TREE_ROWS])
        np.testing.assert_array_equal(rows_for_trees(log_odds), expected)


def _bought(item: Int32Array, rng: np.random.Generator) -> BoughtItems:
    first_s = rng.integers(1, 1000, len(item)).astype(np.uint32)
    owned = rng.uniform(0, 3, len(item)).astype(np.float32)
    orders = rng.integers(1, 9, len(item)).astype(np.uint16)
    return BoughtItems(
        item, owned, orders, first_s, first_s + np.uint32(5), item, first_s, owned, np.array([1, 1, 1])
    )


def _history(bought: BoughtItems) -> History:
    return History(
        *bought[:5],
        customer_orders=1,
        customer_first_s=1,
        customer_last_s=1,
        recent_item=bought.recent_item,
        recent_s=bought.recent_s,
        recent_quantity=bought.recent_quantity,
    )
