from dataclasses import replace

import numpy as np
import pytest

from recommender.data import Purchases, histories_of
from recommender.data.purchases import reindexed
from recommender.fitting import fit_replenishment
from recommender.fitting.calibration import expected_calibration_error
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_choice import BOTH, REGRESSION, Judged, choose_model, mean_ndcg, pair_ndcg
from recommender.fitting.repeat_items import gamma_shape, item_paces, item_table
from recommender.fitting.repeat_lessons import Learned, RepeatShop, study, with_counts
from recommender.fitting.repeat_windows import repeat_window
from recommender.fitting.replenishment import as_chosen
from recommender.models import ReplenishmentModel
from recommender.models.repeat_features import FEATURES, repeat_features
from recommender.models.repeat_kernels import repeat_log_odds, repeat_scores
from recommender.models.repeat_tables import BUYERS, FOUND, PACE, POPULAR, RATE, SEASON
from recommender.models.scoring import repeat_input
from tests.recommender.data.worlds import DAY, START, busy_shop, index_of, shop

NOW = START + 200 * DAY
WINDOW = 28 * DAY
CONFIG = ReplenishmentConfig(trees=8)


def fit(purchases: Purchases, config: ReplenishmentConfig = CONFIG) -> ReplenishmentModel:
    return fit_replenishment(RepeatShop(purchases, config, 28.0), 1, now_s=NOW)


@pytest.fixture(scope="module")
def model() -> ReplenishmentModel:
    return fit(busy_shop())


def planted(purchases: Purchases, day: int) -> Purchases:
    """Return the purchases with one more: customer 0 buys again, on a day, the first thing they ever bought."""
    extra = int(np.flatnonzero(purchases.customer == 0)[0])
    rows = np.append(np.arange(len(purchases)), extra)
    more = purchases.where(np.ones(len(purchases), np.bool_))
    more = replace(
        more,
        customer=more.customer[rows],
        order=np.append(more.order, more.order.max() + 1),
        item=more.item[rows],
        quantity=more.quantity[rows],
        at_s=np.append(more.at_s, START + day * DAY),
        unit_price=more.unit_price[rows],
    )
    by_time = np.lexsort((more.at_s, more.customer))
    return replace(
        more,
        customer=more.customer[by_time],
        order=more.order[by_time],
        item=more.item[by_time],
        quantity=more.quantity[by_time],
        at_s=more.at_s[by_time],
        unit_price=more.unit_price[by_time],
    )


def test_a_purchase_after_the_cut_off_moves_nothing(model: ReplenishmentModel) -> None:
    later = fit(planted(busy_shop(), day=201))
    for name, array in model.arrays().items():
        np.testing.assert_array_equal(later.arrays()[name], array, err_msg=name)


def test_a_purchase_inside_a_window_moves_its_outcomes_and_no_feature_of_it() -> None:
    bought = busy_shop()
    before, _ = study(RepeatShop(bought, CONFIG, 28.0), NOW, 1)
    after, _ = study(RepeatShop(planted(bought, day=199), CONFIG, 28.0), NOW, 1)
    assert before.keys() == after.keys() == {1, 2, 3, 4, 5}
    for back, lesson in before.items():
        np.testing.assert_array_equal(after[back].features, lesson.features)
    assert int(after[1].again.sum()) == int(before[1].again.sum()) + 1
    np.testing.assert_array_equal(after[2].again, before[2].again)


def test_what_teaches_is_what_serves_bit_for_bit() -> None:
    """The lesson of the last window, against what a model of that day computes for a customer's history then."""
    bought, cut_s = busy_shop(), NOW - WINDOW
    shop_then = RepeatShop(bought, CONFIG, 28.0)
    lessons, counts = study(shop_then, NOW, 1)
    known = bought.before(cut_s)
    tables = shop_then.model(known, histories_of(known), cut_s, 1)
    tables = with_counts(tables, [counts[2], counts[3]], known.items.numbers)
    served = histories_of(known)
    rows = np.flatnonzero(np.diff(served.holdings.indptr[: len(served) + 1]) > 0)
    features = [
        repeat_features(repeat_input(served.history(row)), tables.tables, cut_s) for row in rows.tolist()
    ]
    assert np.concatenate(features).tobytes() == lessons[1].features.tobytes()


def test_fitting_again_gives_the_same_model(model: ReplenishmentModel) -> None:
    again = fit(busy_shop())
    for name, array in model.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array, err_msg=name)


def test_a_window_that_nobody_saw_is_predicted_at_the_right_level() -> None:
    bought = busy_shop(customers=480, days=228)
    window = repeat_window(reindexed(bought), NOW, WINDOW)
    mine = fit(bought)
    probability = np.concatenate(
        [
            repeat_scores(repeat_input(window.histories.history(row)), mine.tables, NOW)[0]
            for row in range(len(window.histories))
        ]
    )
    assert expected_calibration_error(probability, window.again, bins=5) < 0.04
    assert float(probability.mean()) == pytest.approx(float(window.again.mean()), rel=0.1)


def test_the_better_model_of_all_windows_is_served_and_never_one_that_loses_to_frequency() -> None:
    indptr = np.array([0, 2, 4])
    again = np.array([False, True, True, False])
    right, wrong = again.astype(np.float32), (~again).astype(np.float32)
    half = np.array([0, 1, 0, 1], np.float32)
    windows = [
        Judged(indptr, again, {"orders": half, REGRESSION: right, BOTH: wrong}),
        Judged(indptr, again, {"orders": right, REGRESSION: half, BOTH: right}),
        Judged(indptr, again, {"orders": right, REGRESSION: wrong, BOTH: half}),
    ]
    assert choose_model(windows[:1]) == REGRESSION
    assert choose_model(windows[1:2]) == BOTH
    assert choose_model(windows) == "orders"
    assert mean_ndcg(windows)["orders"] == pytest.approx(
        (1 + 1 + pair_ndcg(indptr, again, half, 10).mean()) / 3
    )
    assert choose_model([]) == REGRESSION


def test_trees_stay_unless_the_regression_leads_by_more_than_chance() -> None:
    customers = 50
    indptr = np.arange(0, 2 * customers + 1, 2)
    again = np.tile([False, True], customers)
    right, wrong = again.astype(np.float32), (~again).astype(np.float32)
    few = np.where(np.arange(2 * customers) < 4, wrong, right)
    assert choose_model([Judged(indptr, again, {"orders": wrong, REGRESSION: right, BOTH: few})]) == BOTH
    assert (
        choose_model([Judged(indptr, again, {"orders": wrong, REGRESSION: right, BOTH: wrong})]) == REGRESSION
    )


def test_ndcg_of_pairs_is_that_of_a_hand() -> None:
    score = np.array([3, 2, 1, 1, 2], np.float32)
    again = np.array([False, True, True, False, False])
    found = pair_ndcg(np.array([0, 3, 5]), again, score, 10)
    ideal = 1 + 1 / np.log2(3)
    np.testing.assert_allclose(found, [(1 / np.log2(3) + 1 / np.log2(4)) / ideal])


def test_what_is_chosen_is_what_scores(model: ReplenishmentModel) -> None:
    learned = Learned(model.hinges, model.coefficients, model.trees)
    assert as_chosen(learned, BOTH) is learned
    assert len(as_chosen(learned, REGRESSION).trees) == 0
    served = as_chosen(learned, "orders")
    features = np.random.default_rng(0).normal(size=(9, len(FEATURES))).astype(np.float32)
    log_odds = repeat_log_odds(features, served.hinges, served.coefficients)
    np.testing.assert_array_equal(log_odds, features[:, FEATURES.index("orders")])
    assert len(served.trees) == 0


def test_an_item_without_owners_of_long_standing_has_the_pace_of_its_category() -> None:
    lines = [(c, 100 * c + n, "milk", 7.0 * n) for c in range(40) for n in range(20)]
    lines += [(c, 100 * c, "fridge", 0.0) for c in range(40)]
    lines += [(0, 19, "cream", 133.0), (0, 19, "freezer", 133.0)]
    bought = shop(lines, 40)
    histories = histories_of(bought)
    names = {"milk": 1, "cream": 1, "fridge": 2, "freezer": 2}
    category = np.array([names[name] for name in bought.items.ids], np.int32)
    pace = item_paces(histories, START + 140 * DAY, category).of_item
    cream, freezer = pace[index_of(bought, "cream")], pace[index_of(bought, "freezer")]
    assert cream > 10 * freezer
    flat = item_paces(histories, START + 140 * DAY).of_item
    assert flat[index_of(bought, "cream")] == pytest.approx(flat[index_of(bought, "freezer")])
    assert pace[index_of(bought, "milk")] == pytest.approx(19 / 140, rel=0.1)


def test_counts_without_any_spread_have_no_factor_of_their_own() -> None:
    assert gamma_shape(np.full(5, 2.0), np.full(5, 2.0)) == 1e6
    wide = np.random.default_rng(0).poisson(np.random.default_rng(1).gamma(2.0, 5.0, 20_000)).astype(float)
    assert gamma_shape(wide, np.full(20_000, 10.0)) == pytest.approx(2.0, rel=0.1)


def test_a_season_is_learned_from_a_year_ago_and_from_nothing_less() -> None:
    lines = [(c, 1000 * c + n, "tea", 14.0 * n) for c in range(40) for n in range(26)]
    lines += [(c, 1000 * c, "wreath", 14.0) for c in range(40)]
    bought = shop(lines, 40)
    histories = histories_of(bought)

    def season(day: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        now_s = START + day * DAY
        table = item_table(bought, histories, item_paces(histories, now_s), now_s, WINDOW)
        return table[:, SEASON]

    wreath, tea = index_of(bought, "wreath"), index_of(bought, "tea")
    assert season(200).tolist() == [0.0, 0.0]
    assert season(366)[wreath] > season(366)[tea] + 0.5


def test_popularity_counts_buyers_by_their_last_and_their_first_purchase() -> None:
    bought = shop([(0, 0, "tea", 0.0), (1, 1, "tea", 28.0), (0, 2, "tea", 56.0), (1, 3, "jam", 56.0)], 2)
    histories, now_s = histories_of(bought), START + 56 * DAY
    table = item_table(bought, histories, item_paces(histories, now_s), now_s, WINDOW)
    tea = np.exp(table[index_of(bought, "tea"), POPULAR:])
    last = [1.0 if np.isinf(each) else 2 ** (-1 / each) for each in BUYERS]
    first = [2 ** (-2 / each) + 2 ** (-1 / each) for each in FOUND]
    np.testing.assert_allclose(tea, np.array([*(1.0 + each for each in last), *first]) + 0.05, rtol=1e-5)
    jam = np.exp(table[index_of(bought, "jam"), POPULAR:])
    np.testing.assert_allclose(jam, 1.05, rtol=1e-5)


def test_owners_who_repeat_an_item_give_it_a_higher_rate_and_pace(model: ReplenishmentModel) -> None:
    bought = busy_shop()
    staple, other = index_of(bought, "i000"), index_of(bought, "i030")
    assert model.item[staple, RATE] > model.item[other, RATE]
    assert model.item[staple, PACE] > model.item[other, PACE]


def test_every_feature_is_finite_in_every_lesson() -> None:
    lessons, _ = study(RepeatShop(busy_shop(), CONFIG, 28.0), NOW, 1)
    for lesson in lessons.values():
        assert np.isfinite(lesson.features).all()
        assert lesson.features.shape == (len(lesson.again), len(FEATURES))
        assert int(lesson.indptr[-1]) == len(lesson.again)
