"""Who orders a customer's candidates: the linear model all of them, the trees the best of these."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.fitting.config import TreesConfig
from recommender.fitting.trees import fit_trees
from recommender.models import Ranker
from recommender.models.feature_kernels import FEATURES
from recommender.models.ranking_kernels import TREE_ROWS, ranked, standardised_scores
from recommender.models.trees import by_column, tree_scores
from recommender.types import Float32Array, Float64Array, Int64Array

COUNT = 150


@pytest.fixture(scope="module")
def candidates() -> Float32Array:
    return np.random.default_rng(7).normal(size=(COUNT, len(FEATURES))).astype(np.float32)


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    """A ranker whose trees disagree with its linear model."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(4000, len(FEATURES))).astype(np.float32)
    bought = (x[:, 1] > 1.0).astype(np.float32)
    trees = TreesConfig(trees=8, min_rows=20)
    linear = np.zeros(1 + len(FEATURES), np.float32)
    linear[:3] = -2.0, 1.0, 0.25
    return replace(
        Ranker.absent(),
        weights=np.array([1.0, 1.0, 1.0], np.float32),
        linear=linear,
        pairwise=fit_trees(x, bought, trees, 1, groups=np.full(80, 50)),
        binary=fit_trees(x, bought, trees, 2),
    )


def order_of(ranker: Ranker, x: Float32Array) -> Float32Array:
    order: Float32Array = ranked(by_column(x), len(x), ranker.tables)
    return order


def standardised(score: Float32Array) -> Float64Array:
    wide = score.astype(np.float64)
    scaled: Float64Array = (wide - wide.mean()) / wide.std()
    return scaled


def best_by_the_linear_model(ranker: Ranker, x: Float32Array) -> Int64Array:
    return np.sort(np.argsort(-(x @ ranker.linear[1:]), kind="stable")[:TREE_ROWS])


def test_trees_judge_the_best_by_the_linear_model_and_the_others_get_their_worst_score(
    ranker: Ranker, candidates: Float32Array
) -> None:
    best = best_by_the_linear_model(ranker, candidates)
    expected = standardised(ranker.linear[0] + candidates @ ranker.linear[1:])
    for trees in (ranker.pairwise, ranker.binary):
        few = tree_scores(candidates[best], trees.tables)
        score = np.full(COUNT, few.min())
        score[best] = few
        expected += standardised(score)
    order = order_of(ranker, candidates)
    assert np.argsort(-order).tolist() == np.argsort(-expected).tolist()
    assert np.diff(np.sort(order)) == pytest.approx(np.diff(np.sort(expected)) * np.log2(np.e), abs=1e-4)


def test_what_trees_would_say_about_the_others_moves_nothing(
    ranker: Ranker, candidates: Float32Array
) -> None:
    best = best_by_the_linear_model(ranker, candidates)
    rest = np.setdiff1d(np.arange(COUNT), best)
    changed = candidates.copy()
    changed[rest, 3:] += 5.0  # columns that the linear model does not read, and that trees may
    trees = standardised_scores(changed, np.array([0, COUNT]), ranker.tables)
    assert order_of(ranker, changed).tolist() == order_of(ranker, candidates).tolist()
    assert len(np.unique(trees[:2, rest], axis=1).T) == 1


def test_where_the_linear_model_says_nothing_trees_judge_all(
    ranker: Ranker, candidates: Float32Array
) -> None:
    silent = replace(ranker, linear=np.zeros_like(ranker.linear))
    expected = sum(
        standardised(tree_scores(candidates, trees.tables)) for trees in (silent.pairwise, silent.binary)
    )
    order = order_of(silent, candidates)
    assert np.argsort(-order).tolist() == np.argsort(-np.asarray(expected)).tolist()


@pytest.mark.parametrize("count", [0, 2, 3, TREE_ROWS, TREE_ROWS + 1, COUNT])
def test_the_judged_ranker_is_the_one_that_serves(
    ranker: Ranker, candidates: Float32Array, count: int
) -> None:
    x = candidates[:count]
    parts = standardised_scores(
        np.concatenate((candidates, x)), np.array([0, COUNT, COUNT + count]), ranker.tables
    )
    judged, served = parts[:, COUNT:].sum(axis=0), order_of(ranker, x)
    assert len(served) == count
    np.testing.assert_allclose(np.diff(judged * np.log2(np.e)), np.diff(served), atol=1e-4)


def test_the_level_is_the_sum_of_all_chances(ranker: Ranker, candidates: Float32Array) -> None:
    """The trees' chances of those that they judge, the linear model's of the rest."""
    best = best_by_the_linear_model(ranker, candidates)
    log_odds = ranker.linear[0] + candidates @ ranker.linear[1:]
    log_odds[best] = tree_scores(candidates[best], ranker.binary.tables)
    total = np.exp2(order_of(ranker, candidates).astype(np.float64)).sum()
    assert total == pytest.approx((1 / (1 + np.exp(-log_odds.astype(np.float64)))).sum(), rel=1e-4)
