import lightgbm
import numpy as np
import pytest

from recommender.errors import InvalidInputError
from recommender.fitting.config import TreesConfig
from recommender.fitting.trees import fit_trees, flat_trees, mean_of
from recommender.models.trees import FlatTrees, by_column, tree_scores, tree_scores_of_columns
from recommender.types import Float32Array

PARAMS = {
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "min_data_in_leaf": 5,
}


def rows(count: int, features: int = 7, seed: int = 0) -> tuple[Float32Array, Float32Array]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, features)).astype(np.float32)
    x[:, 1] = np.round(x[:, 1])
    x[:, 2] = 0.0
    outcome = (x[:, 0] * x[:, 1] + rng.normal(size=count) > 0).astype(np.float32)
    return x, outcome


def booster(leaves: int = 15, rounds: int = 20, **more: object) -> lightgbm.Booster:
    x, outcome = rows(2000)
    params = {**PARAMS, "objective": "binary", "num_leaves": leaves, **more}
    return lightgbm.train(params, lightgbm.Dataset(x, outcome), rounds)


@pytest.mark.parametrize("leaves", [2, 3, 15, 16, 17, 31, 32])
@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 500])
def test_flat_trees_score_like_the_booster(leaves: int, count: int) -> None:
    grown = booster(leaves)
    x, _ = rows(count, seed=5)
    trees = flat_trees(grown)
    score = tree_scores(x, trees.tables)
    assert score.shape == (count,)
    if count:
        np.testing.assert_allclose(score, grown.predict(x, raw_score=True), rtol=1e-5, atol=1e-5)


def test_a_value_at_a_threshold_goes_left_and_the_next_larger_one_right() -> None:
    grown = booster()
    trees = flat_trees(grown)
    exact = np.isfinite(trees.threshold) & (np.abs(trees.threshold) > 1e-30)  # LightGBM reads 1e-35 as 0
    at = trees.threshold[exact][:200]
    x, _ = rows(len(at), seed=6)
    where = trees.feature[exact][:200]
    for value in (at, np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf))):
        x[np.arange(len(at)), where] = value
        np.testing.assert_allclose(
            tree_scores(x, trees.tables), grown.predict(x, raw_score=True), rtol=1e-5, atol=1e-5
        )


def test_a_tree_that_found_nothing_to_split_is_one_leaf() -> None:
    x = np.zeros((50, 2), np.float32)
    grown = lightgbm.train({**PARAMS, "objective": "regression"}, lightgbm.Dataset(x, np.full(50, 0.5)), 3)
    np.testing.assert_allclose(tree_scores(x, flat_trees(grown).tables), grown.predict(x, raw_score=True))


def test_no_tree_scores_zero() -> None:
    assert tree_scores(np.ones((3, 2), np.float32), FlatTrees.empty().tables).tolist() == [0.0, 0.0, 0.0]


def test_rows_by_column_score_the_same_bits() -> None:
    trees = flat_trees(booster())
    x, _ = rows(100, seed=7)
    np.testing.assert_array_equal(
        tree_scores_of_columns(by_column(x), trees.tables)[:100], tree_scores(x, trees.tables)
    )


def test_arrays_are_all_that_trees_are() -> None:
    trees = flat_trees(booster())
    again = FlatTrees.from_arrays(trees.arrays())
    x, _ = rows(50, seed=8)
    assert len(again) == 20
    assert tree_scores(x, again.tables).tobytes() == tree_scores(x, trees.tables).tobytes()


@pytest.mark.parametrize("ranked", [False, True])
def test_the_same_rows_and_seed_give_the_same_bytes(*, ranked: bool) -> None:
    x, outcome = rows(2000)
    groups = np.full(100, 20, np.int64) if ranked else None
    config = TreesConfig(trees=10)
    first, again, other = (fit_trees(x, outcome, config, seed, groups=groups) for seed in (1, 1, 2))
    for name, array in first.arrays().items():
        assert array.tobytes() == again.arrays()[name].tobytes()
    assert first.leaf.tobytes() != other.leaf.tobytes()


def test_fitted_trees_tell_the_outcome() -> None:
    x, outcome = rows(4000)
    score = tree_scores(x, fit_trees(x, outcome, TreesConfig(trees=50), 1).tables)
    assert score[outcome == 1].mean() > score[outcome == 0].mean() + 0.2


def test_the_mean_of_forests_scores_the_mean_of_their_scores() -> None:
    x, outcome = rows(2000)
    forests = [fit_trees(x, outcome, TreesConfig(trees=7), seed) for seed in (1, 2, 3)]
    together = mean_of(forests)
    assert len(together) == 21
    each = np.mean([tree_scores(x, forest.tables) for forest in forests], axis=0)
    assert np.abs(tree_scores(x, together.tables) - each).max() < 1e-5
    assert mean_of(forests[:1]).leaf.tobytes() == forests[0].leaf.tobytes()


def test_what_cannot_be_flattened_is_refused() -> None:
    x, outcome = rows(500)
    missing = x.copy()
    missing[::3, 0] = np.nan
    many = lightgbm.train(
        {**PARAMS, "objective": "multiclass", "num_class": 3}, lightgbm.Dataset(x, np.arange(500) % 3), 1
    )
    holes = lightgbm.train({**PARAMS, "objective": "binary"}, lightgbm.Dataset(missing, outcome), 1)
    kinds = lightgbm.Dataset(
        np.repeat(np.arange(10.0), 50)[:, None], np.arange(500) % 50 < 5 * np.repeat(np.arange(10), 50),
        categorical_feature=[0],
    )  # fmt: skip
    named = lightgbm.train({**PARAMS, "objective": "binary"}, kinds, 1)
    lines = booster(linear_tree=True, rounds=1)
    for grown in (booster(33), many, holes, named, lines):
        with pytest.raises(InvalidInputError, match="cannot be flattened"):
            flat_trees(grown)
