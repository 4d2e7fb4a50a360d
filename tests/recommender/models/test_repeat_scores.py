from dataclasses import replace

import numpy as np
import pytest

from recommender.models import ReplenishmentModel
from recommender.models.repeat_facts import FAST, SLOW, recent_facts
from recommender.models.repeat_features import (
    FEATURES,
    N_FEATURES,
    OF_CUSTOMER,
    log_odds_of_pace,
    repeat_features,
)
from recommender.models.repeat_kernels import (
    TREE_ROWS,
    interpolate,
    repeat_log_odds,
    repeat_scores,
    rows_for_trees,
)
from recommender.models.repeat_level import rest_log_odds
from recommender.models.repeat_tables import ITEM_COLUMNS, POPULAR, PRICE, QUANTITY, RepeatInput
from recommender.models.replenishment import Knots
from recommender.models.trees import FlatTrees, slot_of_leaf
from recommender.types import Float32Array
from tests.recommender.data.worlds import DAY, START

NOW = START + 400 * DAY
WINDOW_S = 28.0 * DAY


def bought_of(orders: list[tuple[float, list[int]]], kept: int = 200) -> RepeatInput:
    """Return the history of orders (days ago, items), of which the last lines are remembered one by one."""
    lines = [(NOW - int(days * DAY), item) for days, items in sorted(orders, reverse=True) for item in items]
    items = sorted({item for _, item in lines})
    when = [sorted({at for at, other in lines if other == item}) for item in items]
    times = [at for at, _ in lines]
    return RepeatInput(
        item=np.array(items, np.int32),
        owned=np.array([len(at) for at in when], np.float32),
        orders=np.array([len(at) for at in when], np.uint16),
        first_s=np.array([at[0] for at in when], np.uint32),
        last_s=np.array([at[-1] for at in when], np.uint32),
        recent_item=np.array([item for _, item in lines[-kept:]], np.int32),
        recent_s=np.array(times[-kept:], np.uint32),
        recent_quantity=np.ones(len(times[-kept:]), np.float32),
        customer=np.array([len(orders), min(times), max(times)], np.int64),
    )


def test_facts_are_those_of_a_hand() -> None:
    """Orders 40, 30 and 10 days ago; item 0 in the first two, item 1 in the last two, item 2 a year ago in none."""
    facts = recent_facts(bought_of([(40, [0]), (30, [0, 1]), (10, [1])]), NOW, WINDOW_S)
    assert facts.since.tolist() == [1.0, 0.0]
    assert facts.last_gap_s.tolist() == [10.0 * DAY, 20.0 * DAY]
    np.testing.assert_allclose(facts.counts[0, 3:], [FAST + FAST**2, SLOW + SLOW**2])
    np.testing.assert_allclose(facts.counts[1, 3:], [1 + FAST, 1 + SLOW])
    np.testing.assert_allclose(facts.counts[0, 1], 2 ** -(40 / 56) + 2 ** -(30 / 56))
    assert facts.year_ago.tolist() == [0.0, 0.0]
    assert facts.of_customer[5:8].tolist() == [3.0, 4.0, 2.0]


def test_a_purchase_in_last_years_season_is_remembered() -> None:
    facts = recent_facts(bought_of([(355, [3]), (250, [4]), (5, [3])]), NOW, WINDOW_S)
    assert facts.year_ago.tolist() == [1.0, 0.0]


def test_orders_before_the_recent_lines_still_count() -> None:
    orders: list[tuple[float, list[int]]] = [(10.0 * n, [7]) for n in range(1, 31)]
    whole, half = bought_of(orders), bought_of(orders, kept=15)
    exact, spread = recent_facts(whole, NOW, WINDOW_S), recent_facts(half, NOW, WINDOW_S)
    np.testing.assert_allclose(spread.counts, exact.counts, rtol=0.02)
    np.testing.assert_allclose(spread.of_customer[:5], exact.of_customer[:5], rtol=0.02)
    unseen = recent_facts(
        bought_of([(300, [1]), *[(float(n), [2]) for n in range(1, 20)]], kept=5), NOW, WINDOW_S
    )
    assert unseen.since[0] > unseen.since[1]


def test_the_model_of_intervals_is_the_negative_binomial() -> None:
    """One repeat in 50 days, prior shape 2 and pace 0.01: Gamma(3, 250), so P(none in 28) = (250 / 278) ** 3."""
    none = (250.0 / 278.0) ** 3
    assert log_odds_of_pace(1.0, 50.0, (2.0, 0.01), 28.0) == pytest.approx(np.log((1 - none) / none))


def test_tens_of_thousands_of_repeats_are_certain_and_finite() -> None:
    assert log_odds_of_pace(60_000.0, 60.0, (0.3, 0.01), 28.0) == pytest.approx(15.0, abs=1e-3)
    assert log_odds_of_pace(0.0, 60_000.0, (0.02, 1e-9), 28.0) == pytest.approx(np.log(1e-6))


def test_an_interval_that_is_not_over_makes_the_next_one_longer() -> None:
    model = replace(ReplenishmentModel.neutral(5), gap_prior=2.0)
    orders: list[tuple[float, list[int]]] = [(30, [1]), (20, [1]), (10, [1])]
    bought = bought_of(orders)
    soon, late = (repeat_scores(bought, model.tables, NOW + days * DAY)[1][0] for days in (0, 40))
    assert int(soon) == NOW - 10 * DAY + int((30 + 2 * 30) / 4 * DAY)
    assert int(late) == NOW - 10 * DAY + int((70 + 2 * 30) / 4 * DAY)


def stump(feature: str, threshold: float, low: float, high: float) -> FlatTrees:
    """Return one question as trees."""
    leaf = np.zeros((1, 32), np.float32)
    leaf[0, slot_of_leaf(0)], leaf[0, slot_of_leaf(1)] = low, high
    return FlatTrees(
        indptr=np.array([0, 4], np.int64),
        feature=np.array([FEATURES.index(feature), 0, 0, 0], np.int32),
        threshold=np.array([threshold, np.inf, np.inf, np.inf], np.float32),
        mask=np.array([0xFFFF_FFFE, *[0xFFFF_FFFF] * 3], np.uint32),
        leaf=leaf,
    )


def test_trees_and_regression_are_averaged_and_calibrated_together() -> None:
    model = replace(
        ReplenishmentModel.neutral(5),
        trees=stump("orders", 0.5, low=-1.0, high=3.0),
        tree_knots=Knots(np.array([0.0, 1.0], np.float32), np.array([0.0, 0.5], np.float32)),
    )
    bought = bought_of([(30, [1]), (20, [1, 2])])
    alone = repeat_log_odds(repeat_features(bought, model.tables, NOW), model.hinges, model.coefficients)
    mean = (alone + np.array([3.0, -1.0], np.float32)) / 2
    probability, _ = repeat_scores(bought, model.tables, NOW)
    np.testing.assert_allclose(probability, 0.5 / (1 + np.exp(-mean)), rtol=1e-5)


def test_trees_look_at_the_best_rows_and_the_rest_keeps_the_regression() -> None:
    many = TREE_ROWS + 40
    model = replace(
        ReplenishmentModel.neutral(many),
        trees=stump("orders", 0.5, low=9.0, high=9.0),
        tree_knots=Knots(np.array([0.0, 1.0], np.float32), np.array([0.9, 1.0], np.float32)),
    )
    bought = bought_of([(1.0 + item, [item]) for item in range(many)])
    alone = repeat_log_odds(repeat_features(bought, model.tables, NOW), model.hinges, model.coefficients)
    chosen = rows_for_trees(alone)
    assert len(chosen) == TREE_ROWS
    assert set(chosen.tolist()) == set(np.argsort(-alone, kind="stable")[:TREE_ROWS].tolist())
    probability, _ = repeat_scores(bought, model.tables, NOW)
    rest = np.setdiff1d(np.arange(many), chosen)
    assert probability[chosen].min() >= 0.9
    expected = [
        interpolate(float(1 / (1 + np.exp(-alone[row]))), model.knots.score, model.knots.probability)
        for row in rest
    ]
    np.testing.assert_allclose(probability[rest], expected, rtol=1e-4)


def test_a_customers_columns_move_what_trees_do_not_look_at_and_nothing_else() -> None:
    many, knots = TREE_ROWS + 40, 2
    rng = np.random.default_rng(7)
    plain = replace(
        ReplenishmentModel.neutral(many),
        hinges=rng.normal(size=(N_FEATURES, knots)).astype(np.float32),
        coefficients=rng.normal(scale=0.01, size=1 + N_FEATURES * (1 + knots)).astype(np.float32),
        trees=stump("orders", 0.5, low=2.0, high=1.0),
        knots=Knots(np.array([0.0, 1.0], np.float32), np.array([0.0, 1.0], np.float32)),
    )
    of_customer = N_FEATURES - OF_CUSTOMER
    rest = rng.normal(scale=0.1, size=2 + of_customer * (1 + knots)).astype(np.float32)
    model = replace(plain, rest=rest)
    bought = bought_of([(1.0 + item, [item]) for item in range(many)])
    features = repeat_features(bought, model.tables, NOW)
    alone = repeat_log_odds(features, model.hinges, model.coefficients)
    mine, chosen = features[0, OF_CUSTOMER:], rows_for_trees(alone)
    bent = np.maximum(mine[:, None] - model.hinges[OF_CUSTOMER:], 0).ravel()
    moved = rest[1] * alone + rest[0] + np.concatenate((mine, bent)) @ rest[2:]
    expected = repeat_scores(bought, plain.tables, NOW)[0]
    others = np.setdiff1d(np.arange(many), chosen)
    expected[others] = 1 / (1 + np.exp(-moved[others]))
    np.testing.assert_allclose(repeat_scores(bought, model.tables, NOW)[0], expected, rtol=1e-4)
    np.testing.assert_allclose(
        rest_log_odds(alone, features, model.hinges, rest), moved, rtol=1e-3, atol=1e-5
    )
    few = bought_of([(1.0 + item, [item]) for item in range(TREE_ROWS)])
    np.testing.assert_array_equal(
        repeat_scores(few, model.tables, NOW)[0], repeat_scores(few, plain.tables, NOW)[0]
    )


def test_popularity_is_told_against_the_most_popular_item_of_the_customer() -> None:
    model = ReplenishmentModel.neutral(5)
    item = model.item.copy()
    item[:, POPULAR:] = np.arange(5)[:, None] * np.arange(1, ITEM_COLUMNS - POPULAR + 1)
    bought = bought_of([(30, [1, 3]), (20, [1])])
    first = FEATURES.index("popular_days_below_best")
    columns = slice(first, FEATURES.index("found_window_below_best") + 1)

    def features(table: Float32Array) -> Float32Array:
        found: Float32Array = repeat_features(bought, replace(model, item=table).tables, NOW)
        return found[:, columns]

    expected = np.array([[-2.0, -4.0, -6.0, -8.0, -10.0, -12.0, -14.0], [0.0] * 7])
    np.testing.assert_array_equal(features(item), expected)
    item[:, POPULAR:] += 3  # twenty times the customers: nothing moves
    np.testing.assert_array_equal(features(item), expected)


def test_a_customer_of_thousands_of_items_is_scored_too() -> None:
    model = ReplenishmentModel.neutral(5_000)
    bought = bought_of([(float(day), list(range(day, 5_000, 25))) for day in range(1, 25)])
    features = repeat_features(bought, model.tables, NOW)
    assert features.shape == (len(bought.item), N_FEATURES)
    assert np.isfinite(features).all()
    assert np.isfinite(repeat_scores(bought, model.tables, NOW)[0]).all()


def test_amounts_are_told_against_other_owners_and_against_all_that_is_spent() -> None:
    """Six of item 1 in two orders where others take one, nine of item 2 in one order; prices 2 and 1."""
    model = ReplenishmentModel.neutral(5)
    item = model.item.copy()
    item[1, PRICE], item[2, QUANTITY] = 2.0, np.log(3.0)
    bought = bought_of([(30, [1, 2]), (20, [1])])._replace(owned=np.array([6.0, 9.0], np.float32))
    features = repeat_features(bought, replace(model, item=item).tables, NOW)
    first = FEATURES.index("quantity_over_item")
    np.testing.assert_allclose(features[:, first], np.log([3.0, 3.0]), rtol=1e-5)
    np.testing.assert_allclose(features[:, first + 1], np.log([12 / 21, 9 / 21]), rtol=1e-4)


def test_the_last_order_is_told_against_a_usual_one_and_nothing_is_said_where_it_is_not_known() -> None:
    """Item 1: two pieces, then three and one more in the same order; item 2 once; item 3 before the recent lines; item 4 a gift."""
    model = ReplenishmentModel.neutral(5)
    bought = bought_of([(50, [3]), (30, [1, 2, 4]), (20, [1, 1])], kept=5)._replace(
        owned=np.array([6.0, 9.0, 2.0, 0.0], np.float32),
        recent_quantity=np.array([2.0, 9.0, 1.0, 3.0, 1.0], np.float32),
    )
    assert bought.recent_item.tolist() == [1, 2, 4, 1, 1]
    assert recent_facts(bought, NOW, WINDOW_S).last_quantity.tolist() == [4.0, 9.0, 0.0, 1.0]
    found = repeat_features(bought, model.tables, NOW)[:, FEATURES.index("last_quantity_over_mean")]
    np.testing.assert_allclose(found, [np.log(4 / 3), 0.0, 0.0, 0.0], atol=1e-6)


def test_the_regression_is_the_sum_of_its_terms_for_any_number_of_rows() -> None:
    rng = np.random.default_rng(1)
    hinges = rng.normal(size=(4, 2)).astype(np.float32)
    coefficients = rng.normal(size=1 + 4 + 8).astype(np.float32)
    for rows in (0, 1, 7, 40):
        x = rng.normal(size=(rows, 4)).astype(np.float32)
        bent = np.maximum(x[:, :, None] - hinges[None], 0).reshape(rows, 8)
        expected = coefficients[0] + np.concatenate((x, bent), axis=1) @ coefficients[1:]
        np.testing.assert_allclose(repeat_log_odds(x, hinges, coefficients), expected, rtol=1e-4, atol=1e-4)
