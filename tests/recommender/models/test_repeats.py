import numpy as np
import pytest

from recommender.data import Histories, History, histories_of, recency_weights
from recommender.fitting import FitConfig, fit_models, fit_replenishment
from recommender.fitting.calibration import fit_calibration
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_lessons import RepeatShop
from recommender.models import FittedModels, score_repeats
from recommender.models.repeat_kernels import (
    FEATURES,
    decayed_counts,
    expected_gap_days,
    interpolate,
    repeat_features,
)
from recommender.models.scoring import repeat_input
from tests.recommender.data.worlds import DAY, START, shop
from tests.recommender.models.conftest import NOW


def weekly_milk(customers: int = 60, days: int = 210) -> list[tuple[int, int, str, float]]:
    """Everybody buys milk every week, and one thing of their own once."""
    lines = []
    for customer in range(customers):
        for week in range(days // 7):
            order = customer * 1000 + week
            lines.append((customer, order, "milk", 7.0 * week + customer % 7))
            lines.append((customer, order, f"once{customer}-{week}", 7.0 * week + customer % 7))
    return lines


def test_a_weekly_staple_is_due_in_a_week_and_a_single_purchase_is_not_expected_again() -> None:
    bought = shop(weekly_milk(), 60)
    now_s = int(bought.at_s.max()) + 1
    models = fit_models(bought, FitConfig(), now_s=now_s)
    history = histories_of(bought).history(0)
    probability, due_at_s = score_repeats(models, history, now_s)
    milk = int(np.flatnonzero(history.item == bought.items.ids.index("milk"))[0])
    assert probability[milk] > 0.95
    assert np.delete(probability, milk).max() < 0.05
    assert (int(due_at_s[milk]) - int(history.last_s[milk])) / DAY == pytest.approx(7.0, abs=0.5)


def test_the_expected_gap_is_the_customers_own_shrunk_to_the_items() -> None:
    assert expected_gap_days(1, 0.0, 30.0, 2.0) == 30.0
    assert expected_gap_days(3, 20.0 * DAY, 30.0, 2.0) == (20.0 + 2.0 * 30.0) / (2 + 2)


def test_features_are_finite_and_mean_what_they_say(fitted: tuple[FittedModels, Histories]) -> None:
    models, histories = fitted
    for row in range(30):
        history = histories.history(row)
        features = repeat_features(repeat_input(history), models.replenishment.tables, NOW)
        assert features.shape == (len(history.item), len(FEATURES))
        assert np.isfinite(features).all()
        np.testing.assert_allclose(features[:, FEATURES.index("orders")], np.log(history.orders), atol=1e-6)
        window_half = recency_weights(history.recent_s.astype(np.int64), NOW, models.window_days / 2)
        counts = [window_half[history.recent_item == item].sum() for item in history.item]
        np.testing.assert_allclose(
            features[:, FEATURES.index("decayed_short")],
            np.log(np.array(counts) + 1e-3),
            rtol=1e-4,
            atol=1e-4,
        )


def test_a_longer_absence_makes_a_staple_less_likely() -> None:
    bought = shop(weekly_milk(), 60)
    now_s = int(bought.at_s.max()) + 1
    model = fit_models(bought, FitConfig(), now_s=now_s)
    history = histories_of(bought).history(0)
    milk = int(np.flatnonzero(history.item == bought.items.ids.index("milk"))[0])
    soon = score_repeats(model, history, now_s)[0][milk]
    late = score_repeats(model, history, now_s + 365 * DAY)[0][milk]
    assert late <= soon


def test_nothing_ever_repeated_still_fits_and_expects_little() -> None:
    bought = shop([(c, c, f"i{c % 5}", float(c)) for c in range(100)], 100)
    model = fit_replenishment(RepeatShop(bought, ReplenishmentConfig(), 28.0), 1, now_s=START + 100 * DAY)
    assert model.knots.probability.max() <= 0.05
    assert np.isfinite(model.gap_days).all()


def test_interpolation_is_that_of_numpy() -> None:
    xs, ys = np.array([-1.0, 0.5, 2.0], np.float32), np.array([0.0, 0.25, 1.0], np.float32)
    for value in (-5.0, -1.0, 0.0, 0.5, 1.9, 2.0, 7.0):
        assert interpolate(value, xs, ys) == pytest.approx(float(np.interp(value, xs, ys)), abs=1e-6)
    assert interpolate(3.0, xs[:1], ys[:1]) == 0.0


def test_calibration_recovers_known_probabilities() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 1, 50_000)
    knots, probability = fit_calibration(truth * 10 - 5, rng.uniform(size=50_000) < truth)
    np.testing.assert_allclose(probability, (knots + 5) / 10, atol=0.03)
    assert (np.diff(probability) >= 0).all()
    assert (np.diff(knots) > 0).all()


def test_calibration_keeps_the_order() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=20_000).astype(np.float32)
    knots, probability = fit_calibration(score, rng.uniform(size=20_000) < 0.01 * (score > 1))
    calibrated = np.interp(np.sort(score)[-100:], knots, probability)
    assert (np.diff(calibrated) > 0).all()


def test_what_lies_before_the_recent_lines_counts_as_if_spread_evenly() -> None:
    history = History(
        item=np.array([0, 1], np.int32),
        owned=np.array([5, 1], np.float32),
        orders=np.array([5, 1], np.uint16),
        first_s=np.array([START, START], np.uint32),
        last_s=np.array([START + 40 * DAY, START], np.uint32),
        customer_orders=6,
        customer_first_s=START,
        customer_last_s=START + 40 * DAY,
        recent_item=np.array([0, 0, 0], np.int32),
        recent_s=np.array([START + 30 * DAY, START + 40 * DAY, START + 40 * DAY], np.uint32),
        recent_quantity=np.ones(3, np.float32),
    )
    counts = decayed_counts(repeat_input(history), START + 40 * DAY, 120.0 * DAY)
    for column, half_life_days in enumerate((10.0, 40.0, 120.0)):
        spread = float(np.mean(2.0 ** -(np.linspace(10, 40, 100_001) / half_life_days)))
        exact = 1.0 + 2.0 ** -(10 / half_life_days)
        expected = [exact + 3 * spread, 2.0 ** -(40 / half_life_days)]
        np.testing.assert_allclose(counts[:, column], expected, rtol=1e-4)


def test_calibration_of_one_value_is_its_rate() -> None:
    knots, probability = fit_calibration(np.zeros(4), np.array([0, 1, 1, 1]))
    assert (knots.tolist(), probability.tolist()) == ([0.0], [0.75])
