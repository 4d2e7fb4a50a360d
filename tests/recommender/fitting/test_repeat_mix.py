from dataclasses import replace

import numpy as np
import pytest

from recommender.fitting.repeat_lessons import Learned, Lesson
from recommender.fitting.repeat_mix import lean_towards_trees, leaning
from recommender.models.repeat_features import N_FEATURES
from recommender.models.repeat_kernels import repeat_log_odds
from recommender.models.trees import FlatTrees, slot_of_leaf, tree_scores

ITEMS = 20


def opinions(*, regression: int, trees: int) -> Learned:
    """Return what scores a row by one column in the regression, and by another in the trees."""
    coefficients = np.zeros(1 + N_FEATURES, np.float32)
    coefficients[1 + regression] = 2.0
    leaf = np.zeros((1, 32), np.float32)
    leaf[0, slot_of_leaf(0)], leaf[0, slot_of_leaf(1)] = -1.0, 1.0
    stump = FlatTrees(
        indptr=np.array([0, 4], np.int64),
        feature=np.full(4, trees, np.int32),
        threshold=np.array([0.0, np.inf, np.inf, np.inf], np.float32),
        mask=np.array([0xFFFF_FFFE, *[0xFFFF_FFFF] * 3], np.uint32),
        leaf=leaf,
    )
    return Learned(np.empty((N_FEATURES, 0), np.float32), coefficients, stump)


def window(telling: int, customers: int = 500) -> Lesson:
    """Return a window in which one column of two says what is bought again, and the other says nothing."""
    rng = np.random.default_rng(5)
    features = np.zeros((customers * ITEMS, N_FEATURES), np.float32)
    features[:, :2] = rng.choice([-0.5, 0.5], size=(len(features), 2))
    again = rng.random(len(features)) < 1 / (1 + np.exp(2.0 - 2.0 * features[:, telling]))
    return Lesson(np.arange(0, len(features) + 1, ITEMS), features, again)


def test_the_lean_is_towards_who_was_right_about_windows_not_seen() -> None:
    both = opinions(regression=0, trees=1)
    assert lean_towards_trees([(both, window(telling=1))]) == pytest.approx(0.8)
    assert lean_towards_trees([(both, window(telling=0))]) == pytest.approx(-0.8)
    assert abs(lean_towards_trees([(both, window(telling=0)), (both, window(telling=1))])) < 0.2


def test_nothing_leans_where_nothing_was_seen() -> None:
    both, one = opinions(regression=0, trees=1), window(telling=0)
    assert lean_towards_trees([]) == 0.0
    assert lean_towards_trees([(both._replace(trees=FlatTrees.empty()), one)]) == 0.0
    for again in (np.zeros_like(one.again), np.ones_like(one.again)):
        assert lean_towards_trees([(both, replace(one, again=again))]) == 0.0


def test_leaning_weighs_trees_and_regression_and_leaves_a_regression_without_trees_alone() -> None:
    both, features = opinions(regression=0, trees=1), window(telling=0).features
    leant = leaning(both, 0.5)
    np.testing.assert_allclose(
        repeat_log_odds(features, leant.hinges, leant.coefficients),
        0.5 * repeat_log_odds(features, both.hinges, both.coefficients),
    )
    np.testing.assert_allclose(
        tree_scores(features, leant.trees.tables), 1.5 * tree_scores(features, both.trees.tables)
    )
    alone = both._replace(trees=FlatTrees.empty())
    assert leaning(alone, 0.5) is alone
