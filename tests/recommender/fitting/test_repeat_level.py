import numpy as np
import pytest

from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_learning import teaching_rows
from recommender.fitting.repeat_lessons import Learned, Lesson
from recommender.fitting.repeat_level import levelled
from recommender.models.repeat_features import FEATURES, N_FEATURES, OF_CUSTOMER
from recommender.models.repeat_kernels import TREE_ROWS, repeat_log_odds
from recommender.models.repeat_level import rest_log_odds
from recommender.models.trees import FlatTrees, slot_of_leaf, tree_scores
from recommender.types import Float32Array

CONFIG = ReplenishmentConfig()
AWAY, COUNT = FEATURES.index("customer_elapsed"), FEATURES.index("decayed_window")
ITEMS = 5
MANY = TREE_ROWS + 16


def lesson(customers: int = 2_000, seed: int = 0) -> Lesson:
    """Return a window in which only customers who are not away buy, and of what they bought often twice as much."""
    rng = np.random.default_rng(seed)
    away = np.repeat(rng.random(customers) < 0.5, ITEMS)
    often = rng.random(customers * ITEMS) < 0.4
    features = np.zeros((customers * ITEMS, N_FEATURES), np.float32)
    features[:, AWAY], features[:, COUNT] = away, often
    again = ~away & (rng.random(len(away)) < np.where(often, 0.5, 0.25))
    return Lesson(np.arange(0, customers * ITEMS + 1, ITEMS), features, again)


def learned(slope: float, knots: int = 1, *, trees: bool = True) -> Learned:
    """Return what likes items that were bought often, by as much in trees as in the regression."""
    coefficients = np.zeros(1 + N_FEATURES * (1 + knots), np.float32)
    coefficients[0], coefficients[1 + COUNT] = -0.5, slope
    leaf = np.zeros((1, 32), np.float32)
    leaf[0, slot_of_leaf(1)] = slope
    stump = FlatTrees(
        indptr=np.array([0, 4], np.int64),
        feature=np.full(4, COUNT, np.int32),
        threshold=np.array([0.5, np.inf, np.inf, np.inf], np.float32),
        mask=np.array([~np.uint32(1 << slot_of_leaf(0)), *[~np.uint32(0)] * 3], np.uint32),
        leaf=leaf,
    )
    hinges = np.full((N_FEATURES, knots), 0.5, np.float32)
    return Learned(hinges, coefficients, stump if trees else FlatTrees.empty())


def long_lists(rest: float, customers: int = 3_000, seed: int = 0) -> Lesson:
    """Return customers with more items than trees look at: of what these see, a half and a quarter is bought again.

    Of the others ``rest``, and who is away buys a fifth of all that.
    """
    rng = np.random.default_rng(seed)
    away = np.repeat(rng.random(customers) < 0.5, MANY)
    often = np.tile(
        np.repeat([2, 1, 0], [TREE_ROWS // 2, TREE_ROWS - TREE_ROWS // 2, MANY - TREE_ROWS]), customers
    )
    features = np.zeros((customers * MANY, N_FEATURES), np.float32)
    features[:, AWAY], features[:, COUNT] = away, often
    again = rng.random(len(away)) < np.array([rest, 0.25, 0.5])[often] * np.where(away, 0.2, 1.0)
    return Lesson(np.arange(0, customers * MANY + 1, MANY), features, again)


def log_odds(model: Learned, features: Float32Array) -> Float32Array:
    alone: Float32Array = repeat_log_odds(features, model.hinges, model.coefficients)
    mean: Float32Array = (alone + tree_scores(features, model.trees.tables)) / np.float32(2)
    return mean if len(model.trees) else alone


def chance(model: Learned, features: Float32Array) -> Float32Array:
    odds: Float32Array = np.exp(log_odds(model, features))
    return odds / (1 + odds)


@pytest.mark.parametrize("trees", [True, False])
def test_customers_who_buy_nothing_lower_what_is_expected_of_their_like(trees: bool) -> None:
    taught, unseen = lesson(), lesson(seed=1)
    before = learned(1.0, trees=trees)
    after = levelled(before, [taught], CONFIG, seed=1)
    away = unseen.features[:, AWAY] > 0.5
    often = unseen.features[:, COUNT] > 0.5
    for rows in (away, ~away & often, ~away & ~often):
        level = float(chance(after, unseen.features[rows]).mean())
        assert level == pytest.approx(float(unseen.again[rows].mean()), abs=0.03)
    assert float(chance(before, unseen.features[away]).mean()) > 0.3


@pytest.mark.parametrize("trees", [True, False])
def test_no_item_of_a_customer_changes_places(trees: bool) -> None:
    taught = lesson()
    before, after = learned(1.0, trees=trees), levelled(learned(1.0, trees=trees), [taught], CONFIG, seed=1)
    rng = np.random.default_rng(3)
    items = np.zeros((ITEMS, N_FEATURES), np.float32)
    for _ in range(50):
        items[:, :OF_CUSTOMER] = rng.normal(size=(ITEMS, OF_CUSTOMER))
        items[:, OF_CUSTOMER:] = rng.normal(size=N_FEATURES - OF_CUSTOMER)
        np.testing.assert_array_equal(np.argsort(log_odds(after, items)), np.argsort(log_odds(before, items)))


def test_what_trees_do_not_look_at_has_a_level_of_its_own() -> None:
    taught, unseen = long_lists(0.1), long_lists(0.1, seed=1)
    found = levelled(learned(1.0), [taught], CONFIG, seed=1)
    alone = repeat_log_odds(unseen.features, found.hinges, found.coefficients)
    chances = 1 / (1 + np.exp(-rest_log_odds(alone, unseen.features, found.hinges, found.rest)))
    rest, away = unseen.features[:, COUNT] < 0.5, unseen.features[:, AWAY] > 0.5
    for rows in (rest & away, rest & ~away):
        assert float(chances[rows].mean()) == pytest.approx(float(unseen.again[rows].mean()), abs=0.01)


def test_what_trees_do_not_look_at_and_nobody_buys_again_has_the_level_of_the_others_once() -> None:
    taught = long_lists(0.0)
    found = levelled(learned(1.0, trees=True), [taught], CONFIG, seed=1)
    alone = repeat_log_odds(taught.features, found.hinges, found.coefficients)
    level = rest_log_odds(np.zeros_like(alone), taught.features, found.hinges, found.rest)
    trees = tree_scores(taught.features, found.trees.tables)
    # the same order of the regression before levels, once with two levels and once with one
    slope = found.trees.leaf.max()
    before = slope * repeat_log_odds(taught.features, learned(1.0).hinges, learned(1.0).coefficients)
    np.testing.assert_allclose(alone + 2 * level, before, atol=1e-4)
    np.testing.assert_allclose((alone + trees) / 2 + level, (before + trees) / 2, atol=1e-4)


def test_only_trees_leave_rows_out() -> None:
    assert levelled(learned(1.0, trees=False), [long_lists(0.1)], CONFIG, seed=1).rest.size == 0


def test_an_order_that_all_customers_contradict_is_left_as_it_was() -> None:
    before = learned(-1.0)
    assert levelled(before, [lesson()], CONFIG, seed=1) is before


def test_lessons_without_a_repeat_or_without_anything_else_say_nothing_about_levels() -> None:
    one, before = lesson(), learned(1.0)
    for again in (np.zeros_like(one.again), np.ones_like(one.again)):
        assert levelled(before, [Lesson(one.indptr, one.features, again)], CONFIG, seed=1) is before


def test_the_order_is_learned_from_customers_who_bought_again() -> None:
    features = np.arange(6 * N_FEATURES, dtype=np.float32).reshape(6, N_FEATURES)
    again = np.array([False, False, True, False, False, False])
    one = Lesson(np.array([0, 2, 4, 6]), features, again)
    rows = teaching_rows([one], 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(rows.features, features[2:4])
    assert rows.again.tolist() == [True, False]


def test_where_buyers_bought_all_they_own_the_others_teach_too() -> None:
    features = np.zeros((4, N_FEATURES), np.float32)
    one = Lesson(np.array([0, 2, 4]), features, np.array([True, True, False, False]))
    rows = teaching_rows([one], 1.0, np.random.default_rng(0))
    assert rows.again.tolist() == [True, True, False, False]
    assert rows.weight.tolist() == [1.0] * 4
