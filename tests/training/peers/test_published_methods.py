"""Peers that are written here, from their papers, on worlds that can be computed by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from training.peers import Known, peers_named
from training.peers.contract import Baskets

DAY = 86_400


def known_of(orders: list[tuple[int, int, list[int]]], n_items: int, now_day: int = 100) -> Known:
    """Return what is known from (customer, day, items), by customer, oldest first."""
    n = 1 + max(customer for customer, _, _ in orders)
    count = np.zeros((n, n_items), np.float32)
    last = np.zeros((n, n_items), np.int64)
    for customer, day, items in orders:
        count[customer, items] += 1
        last[customer, items] = day * DAY
    cells = csr_matrix(count)
    baskets = Baskets(
        np.array([customer for customer, _, _ in orders], np.int32),
        np.array([day * DAY for _, day, _ in orders], np.int64),
        np.cumsum([0, *(len(items) for _, _, items in orders)]).astype(np.int64),
        np.array([item for _, _, items in orders for item in items], np.int32),
    )
    bought = csr_matrix((np.ones(cells.nnz, np.float32), cells.indices, cells.indptr), cells.shape)
    return Known(bought, cells, last[count > 0], baskets, n, now_day * DAY, 28.0)


def score(name: str, known: Known, **setting: float) -> np.ndarray:
    (peer,) = peers_named(name)
    return peer.fit(known, setting).scores(np.arange(known.n_customers, dtype=np.int64))


def test_ease_is_the_closed_form_of_its_paper() -> None:
    known = known_of([(0, 1, [0, 1]), (1, 1, [0, 1, 2]), (2, 1, [2])], 3)
    x = known.bought.toarray().astype(np.float64)
    p = np.linalg.inv(x.T @ x + 2.0 * np.eye(3))
    weights = -p / np.diag(p)
    np.fill_diagonal(weights, 0.0)
    np.testing.assert_allclose(score("ease", known, l2=2.0), x @ weights, rtol=1e-5, atol=1e-6)


def test_recent_popularity_counts_the_buyers_of_its_horizon_only() -> None:
    known = known_of([(0, 10, [0]), (1, 10, [0]), (2, 90, [1])], 2)
    assert score("recent-popularity", known, windows=1.0)[0].argmax() == 1
    assert score("recent-popularity", known, windows=4.0)[0].argmax() == 0


def test_personal_frequency_puts_own_orders_first_then_what_is_popular() -> None:
    known = known_of([(0, 1, [2]), (0, 2, [2]), (0, 3, [1]), (1, 1, [0]), (2, 1, [0])], 4)
    assert np.argsort(-score("frequency", known)[0], kind="stable").tolist() == [2, 1, 0, 3]


def test_decayed_frequency_halves_an_order_after_its_half_life() -> None:
    known = known_of([(0, 72, [0]), (0, 100, [0, 1])], 2)
    own = score("decayed-frequency", known, half_life_windows=1.0)[0]
    assert own.tolist() == pytest.approx([1.5, 1.0])


def test_tifu_knn_weighs_within_groups_and_over_groups_from_the_latest_order() -> None:
    """Three orders in groups of two: the latest two make the second group, the oldest one the first."""
    known = known_of([(0, 1, [0]), (0, 2, [1]), (0, 3, [2])], 3)
    own = score("tifu-knn", known, neighbours=1, group=2, within_decay=0.5, group_decay=0.1, alpha=1.0)[0]
    # group 1 of 2: 0.1 * (1 / 1) / 2; group 2 of 2: (0.5 / 2) / 2 and (1 / 2) / 2
    assert own.tolist() == pytest.approx([0.05, 0.125, 0.25])


def test_tifu_knn_adds_the_mean_of_the_nearest_customers() -> None:
    known = known_of([(0, 1, [0]), (1, 1, [0, 1]), (2, 1, [2])], 3)
    scores = score("tifu-knn", known, neighbours=2, group=1, within_decay=1, group_decay=1, alpha=0.5)
    # the nearest two of customer 0 are customer 0 and customer 1
    assert scores[0].tolist() == pytest.approx([0.5 + 0.25 * 2, 0.25, 0.0])


def test_up_cf_spreads_recent_shares_over_asymmetrically_similar_customers() -> None:
    known = known_of([(0, 1, [0]), (1, 1, [0, 1]), (1, 2, [1])], 2)
    scores = score("up-cf", known, recency=1, alpha=0.25, locality=2)
    # similarity of 0 to 1: 1 / (1^.25 * 2^.75); 1 bought item 1 in the last order and item 0 not
    assert scores[0].tolist() == pytest.approx([1.0, (2**-0.75) ** 2])
