import numpy as np

from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_learning import best_rows, learn
from recommender.fitting.repeat_lessons import Lesson
from recommender.models.repeat_features import N_FEATURES
from recommender.models.repeat_kernels import TREE_ROWS, rows_for_trees
from recommender.models.trees import tree_scores

ITEMS = 4 * TREE_ROWS
CONFIG = ReplenishmentConfig(trees=40, kept=1.0)


def lesson(customers: int = 60) -> Lesson:
    """Return a window in which the first column says what comes first, and the second or third what becomes of it.

    Of items of the first rank and the second as many as trees look at; the third column differs among the rest only.
    """
    rng = np.random.default_rng(2)
    rank = np.tile(np.repeat([2.0, 1.0, 0.0], [TREE_ROWS, TREE_ROWS, ITEMS - 2 * TREE_ROWS]), customers)
    features = np.zeros((len(rank), N_FEATURES), np.float32)
    features[:, 0] = rank
    features[:, 1] = rng.integers(0, 2, len(rank))
    features[:, 2] = (rank == 0.0) & (rng.random(len(rank)) < 0.5)
    chance = np.select([rank == 2.0, rank == 1.0], [0.3 + 0.4 * features[:, 1], 0.2], 0.05 * features[:, 2])
    return Lesson(np.arange(0, len(rank) + 1, ITEMS), features, rng.random(len(rank)) < chance)


def test_the_best_rows_of_each_customer_are_those_that_trees_look_at() -> None:
    rng = np.random.default_rng(0)
    sizes = [0, 3, TREE_ROWS, TREE_ROWS + 1, 300]
    indptr = np.concatenate(([0], np.cumsum(sizes)))
    score = rng.integers(0, 40, indptr[-1]).astype(np.float32)
    best = best_rows(indptr, score, TREE_ROWS)
    for begin, end in zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True):
        expected = np.sort(np.argsort(-score[begin:end], kind="stable")[:TREE_ROWS])
        np.testing.assert_array_equal(np.flatnonzero(best[begin:end]), expected)
        np.testing.assert_array_equal(rows_for_trees(score[begin:end]), expected)


def test_what_trees_never_look_at_does_not_teach_them() -> None:
    taught = learn([lesson()], CONFIG, seed=1)
    asked = taught.trees.feature[np.isfinite(taught.trees.threshold)]
    assert set(asked.tolist()) == {0, 1}
    assert taught.coefficients[1 + 2] != 0.0


def test_trees_tell_apart_what_the_regression_puts_first() -> None:
    one = lesson()
    taught = learn([one], CONFIG, seed=1)
    asked = np.zeros((2, N_FEATURES), np.float32)
    asked[:, 0], asked[1, 1] = 2.0, 1.0
    low, high = tree_scores(asked, taught.trees.tables)
    assert high - low > 0.5


def test_learning_again_gives_the_same_bits() -> None:
    one = lesson(20)
    first, second = learn([one], CONFIG, seed=1), learn([one], CONFIG, seed=1)
    np.testing.assert_array_equal(first.coefficients, second.coefficients)
    np.testing.assert_array_equal(first.trees.leaf, second.trees.leaf)


def test_a_handful_of_items_that_nobody_bought_again_teach_whatever_is_drawn() -> None:
    features = np.zeros((60, N_FEATURES), np.float32)
    features[:, 0] = np.arange(60) % 7
    again = np.ones(60, np.bool_)
    again[[7, 31]] = False
    regulars = Lesson(np.arange(0, 61, 6), features, again)
    for seed in range(12):
        sparing = ReplenishmentConfig(trees=2, kept=0.05)
        taught = learn([regulars], sparing, seed=seed)
        assert np.isfinite(taught.coefficients).all()
        assert np.isfinite(tree_scores(features, taught.trees.tables)).all()


def test_trees_learn_from_all_rows_where_the_best_ones_are_all_repeats() -> None:
    features = np.zeros((ITEMS, N_FEATURES), np.float32)
    features[: 3 * TREE_ROWS, 0] = 1.0
    again = features[:, 0] > 0
    taught = learn([Lesson(np.array([0, ITEMS]), features, again)], CONFIG, seed=1)
    low, high = tree_scores(np.eye(2, N_FEATURES, dtype=np.float32)[::-1], taught.trees.tables)
    assert high > low
