import math

import numpy as np
import pytest

from recommender.data import holdings_of, recency_matrix
from recommender.fitting import fit_item_item, fit_ownership, fit_popularity, fit_taken_up
from recommender.fitting.config import ItemItemConfig, OwnershipConfig, PopularityConfig
from recommender.fitting.neighbours import _product, _Sparse, truncated_product
from recommender.fitting.ownership import beta_prior, owned_once
from recommender.models import LearnedOwnership
from tests.recommender.data.worlds import DAY, START, busy_shop, index_of, shop

NOW = START + 28 * DAY


def test_popularity_counts_distinct_buyers_by_the_age_of_their_last_purchase() -> None:
    bought = shop([(0, 0, "a", 0), (0, 1, "a", 0), (1, 2, "a", 28), (-1, 3, "b", 0)], 2)
    model = fit_popularity(
        holdings_of(bought), PopularityConfig(horizons=(1.0, math.inf), lift_row=0), now_s=NOW, window_days=28
    )
    a, b = index_of(bought, "a"), index_of(bought, "b")
    assert model.score[:, a].tolist() == [1.5, 2.0]
    assert model.score[:, b].tolist() == [0.5, 1.0]
    assert model.lift[a] == pytest.approx(math.sqrt(2.0))


def test_the_cosine_of_a_tiny_world_is_as_by_hand() -> None:
    """Today: ann bought a and b, bob a, and a guest b and c. |a| = |b| = sqrt 2, |c| = 1."""
    bought = shop([(0, 0, "a", 28), (0, 0, "b", 28), (1, 1, "a", 28), (-1, 2, "b", 28), (-1, 2, "c", 28)], 2)
    model = fit_item_item(holdings_of(bought), ItemItemConfig(), now_s=NOW, window_days=28)
    a, b, c = (index_of(bought, name) for name in "abc")
    near, weight = model.neighbours_of(b)
    assert near.tolist() == [c, a]
    np.testing.assert_allclose(weight, [1 / math.sqrt(2), 1 / 2], rtol=1e-6)
    assert model.neighbours_of(a)[0].tolist() == [b]


def test_an_old_purchase_weighs_half_after_a_half_life() -> None:
    """ann bought a today and b a window ago: D = [1, 1/2]; bob bought a today."""
    bought = shop([(0, 0, "a", 28), (0, 1, "b", 0), (1, 2, "a", 28)], 2)
    model = fit_item_item(holdings_of(bought), ItemItemConfig(half_life=1.0), now_s=NOW, window_days=28)
    near, weight = model.neighbours_of(index_of(bought, "a"))
    assert near.tolist() == [index_of(bought, "b")]
    np.testing.assert_allclose(weight, [0.5 / (math.sqrt(2) * 0.5)], rtol=1e-6)


def test_what_was_taken_up_of_late_leads_from_the_old_to_the_new() -> None:
    """ann has bought a since long and discovered b today; nobody took up a of late."""
    bought = shop([(0, 0, "a", 0), (0, 1, "a", 28), (0, 1, "b", 28)], 1)
    model = fit_taken_up(holdings_of(bought), ItemItemConfig(), 0.125, now_s=NOW, window_days=28)
    a, b = index_of(bought, "a"), index_of(bought, "b")
    near, weight = model.neighbours_of(a)
    assert near.tolist() == [b]
    np.testing.assert_allclose(weight, [1 / math.sqrt(2)], rtol=1e-6)
    assert model.neighbours_of(b)[0].tolist() == []


def test_truncation_keeps_the_largest_and_breaks_ties_by_item() -> None:
    holdings = holdings_of(busy_shop())
    matrix = recency_matrix(holdings, START + 200 * DAY, 28.0)
    full = (matrix.T @ matrix).toarray()
    np.fill_diagonal(full, 0.0)
    model = truncated_product(matrix, matrix, holdings.n_items, 7)
    for row in range(holdings.n_items):
        near, weight = model.neighbours_of(row)
        best = np.sort(full[row])[::-1][:7]
        np.testing.assert_allclose(weight, best[best > 0], rtol=1e-4)
        assert row not in near
        assert all(
            left > right or (left == right and one < other)
            for left, right, one, other in zip(weight, weight[1:], near, near[1:], strict=False)
        )


def test_a_product_that_is_too_faint_for_its_type_makes_no_neighbours() -> None:
    """Uncompiled, because NumPy checks the indices: five buyers touch each of three items, and there is room for three."""
    faint = _Sparse(
        np.arange(0, 18, 3), np.tile(np.arange(3, dtype=np.int32), 5), np.full(15, 1e-30, np.float32)
    )
    by_item = _Sparse(
        np.arange(0, 20, 5), np.tile(np.arange(5, dtype=np.int32), 3), np.full(15, 1e-30, np.float32)
    )
    counts, neighbour, weight = _product.py_func(by_item, faint, 3, 7)
    assert counts.tolist() == [0, 0, 0]
    assert len(neighbour) == len(weight) == 0


def test_an_item_that_nobody_repeats_is_owned_once_and_a_staple_is_not() -> None:
    lines = []
    for customer in range(50):
        lines += [(customer, 3 * customer + order, "milk", float(7 * order)) for order in range(3)]
        lines += [(customer, 3 * customer, "fridge", 0.0)]
    bought = shop(lines, 50)
    last_s = np.full(50, START + 14 * DAY)
    model = fit_ownership(holdings_of(bought), last_s, OwnershipConfig(threshold=0.1))
    assert model.own_once[index_of(bought, "fridge")]
    assert not model.own_once[index_of(bought, "milk")]
    assert model.repeat_rate[index_of(bought, "milk")] > 0.9


def test_what_is_owned_once_is_wanted_less_by_its_owners_than_offers_are_by_others() -> None:
    """One owner in a hundred buys the first item again, one in ten the second; one offer in fifty is taken up."""
    learned = LearnedOwnership(np.array([0.01, 0.1], np.float32), np.zeros(2, np.bool_))
    assert owned_once(learned, 0.02, OwnershipConfig()).own_once.tolist() == [True, False]
    assert owned_once(learned, 0.2, OwnershipConfig()).own_once.tolist() == [True, True]
    assert owned_once(learned, 0.0, OwnershipConfig()).own_once.tolist() == [False, False]
    assert owned_once(learned, None, OwnershipConfig()) is learned
    assert owned_once(learned, 0.02, OwnershipConfig(threshold=0.3)) is learned


def test_buyers_who_never_came_back_say_nothing() -> None:
    bought = shop([(customer, customer, "fridge", 0.0) for customer in range(50)], 50)
    model = fit_ownership(holdings_of(bought), np.full(50, START), OwnershipConfig())
    assert model.repeat_rate.tolist() == [pytest.approx(0.05)]


def test_the_prior_of_equal_rates_is_strong_and_of_extreme_rates_weak() -> None:
    trials = np.full(200, 100.0)
    same = np.random.default_rng(0).binomial(100, 0.3, 200).astype(float)
    alpha, beta = beta_prior(same, trials)
    assert alpha / (alpha + beta) == pytest.approx(same.sum() / trials.sum())
    assert alpha + beta > 100
    assert sum(beta_prior(np.where(np.arange(200) < 60, 100.0, 0.0), trials)) == pytest.approx(1.0)
