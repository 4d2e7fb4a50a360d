from dataclasses import replace

import numpy as np
import pytest

from recommender.bundles import BundleMetadata, save_bundle
from recommender.bundles.layout import arrays_of
from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases, histories_of
from recommender.errors import NotEnoughDataError
from recommender.evaluation import Task
from recommender.fitting import FitConfig, TrainingResult, fit_models, select_and_fit
from recommender.fitting.config import AlsConfig, BlendConfig
from recommender.fitting.plan import plan_of
from recommender.models import score_offers, score_repeats
from tests.recommender.data.worlds import DAY, START, busy_shop, shop

UNTIL = START + 200 * DAY
SMALL = FitConfig(als=AlsConfig(factors=8, iterations=3), blend=BlendConfig(most_customers=60))


def train(purchases: Purchases, config: FitConfig = SMALL, until_s: int = UNTIL) -> TrainingResult:
    return select_and_fit(purchases, Catalogue.empty(), config, until_s=until_s)


@pytest.fixture(scope="module")
def result() -> TrainingResult:
    return train(busy_shop())


def test_two_tastes_are_told_apart_and_popularity_is_beaten(result: TrainingResult) -> None:
    ours = result.metrics["discover_ours_ndcg_at_10"]
    assert ours > 1.2 * result.metrics["discover_popularity_ndcg_at_10"]
    histories = histories_of(busy_shop().before(UNTIL))
    for row in range(10):
        history = histories.history(row)
        score = score_offers(result.models, history, UNTIL)
        score[history.item] = -1
        best = np.argsort(-score, kind="stable")[:3]
        assert {int(result.models.items.ids[item][1:]) % 2 for item in best} <= {row % 2}


def test_what_is_bought_again_is_found(result: TrainingResult) -> None:
    assert result.metrics["repeat_ours_ndcg_at_10"] > 0.5


def test_metrics_are_finite_and_segments_add_up(result: TrainingResult) -> None:
    assert all(np.isfinite(value) for value in result.metrics.values())
    assert result.evaluation is not None
    for task in (Task.DISCOVER, Task.REPEAT):
        segments = result.evaluation.by_segment(task)
        assert sum(count for _, count in segments.values()) == result.metrics[f"{task}_customers"]


def test_the_blend_adds_up_and_the_curve_ends_with_everybody(result: TrainingResult) -> None:
    assert result.models.blend.weights.sum() == pytest.approx(1.0)
    assert (result.models.blend.weights >= 0).all()
    assert [point.share_of_customers for point in result.curve] == [0.25, 0.5, 1.0]


def test_training_again_gives_the_same_bundle(
    result: TrainingResult, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("bundles")
    metadata = BundleMetadata(metrics=result.metrics)
    again = train(busy_shop())
    first = save_bundle(result.models, home / "one", metadata=metadata)
    second = save_bundle(again.models, home / "two", metadata=BundleMetadata(metrics=again.metrics))
    assert first.digest == second.digest


def test_what_happens_after_the_cut_off_moves_nothing(result: TrainingResult) -> None:
    later = train(busy_shop(days=260))
    before = train(busy_shop(days=260).before(UNTIL))
    assert arrays_of(later.models).keys() == arrays_of(before.models).keys()
    for name, array in arrays_of(before.models).items():
        np.testing.assert_array_equal(arrays_of(later.models)[name], array, err_msg=name)
    assert later.metrics == before.metrics


def test_no_purchase_at_all_is_the_only_thing_that_is_not_enough() -> None:
    with pytest.raises(NotEnoughDataError, match="no purchase"):
        train(shop([], 0))
    with pytest.raises(NotEnoughDataError, match="all later"):
        train(busy_shop(), until_s=START - DAY)


WORLDS = {
    "one line": shop([(0, 0, "a", 0.0)], 1),
    "one customer": shop([(0, order, f"i{order % 3}", float(9 * order)) for order in range(20)], 1),
    "one item": shop(
        [(c, c * 9 + order, "a", float(20 * order)) for c in range(30) for order in range(9)], 30
    ),
    "guests only": shop([(-1, order, f"i{order % 4}", float(order)) for order in range(150)], 0),
    "four weeks": shop([(c, c * 3 + n, f"i{(c + n) % 9}", 9.0 * n) for c in range(40) for n in range(3)], 40),
    "nobody comes back": shop([(c, c, f"i{c % 7}", float(c)) for c in range(190)], 190),
    "everything on one day": shop([(c, c, f"i{n}", 0.0) for c in range(30) for n in range(5)], 30),
}


_NOBODY = f"nobody who bought before a window of {SMALL.window_days:g} days bought in it"
WHY_NO_WINDOW = {
    "one line": _NOBODY,
    "guests only": "no customer is known, all orders are those of guests",
    "four weeks": _NOBODY,
    "nobody comes back": _NOBODY,
    "everything on one day": _NOBODY,
}


@pytest.mark.parametrize("world", WORLDS)
def test_a_shop_with_little_to_learn_from_is_learned_and_answered(world: str) -> None:
    purchases = WORLDS[world]
    trained = train(purchases)
    models = trained.models
    histories = histories_of(purchases)
    assert all(np.isfinite(value) for value in trained.metrics.values())
    for row in range(min(len(histories), 3)):
        history = histories.history(row)
        score = score_offers(models, history, UNTIL)
        assert np.isfinite(score).all()
        probability, due_at_s = score_repeats(models, history, UNTIL)
        assert ((probability >= 0) & (probability <= 1)).all()
        assert (due_at_s > START).all()
    why = WHY_NO_WINDOW.get(world)
    assert (trained.evaluation is None) is (why is not None)
    if why is not None:
        assert f"no window was held out: {why}" in trained.notes


def test_a_short_history_is_called_short() -> None:
    days = 1.5 * SMALL.window_days
    young = train(busy_shop(), until_s=START + int(days * DAY))
    said = f"no window was held out: the history is shorter than two windows of {SMALL.window_days:g} days"
    assert young.evaluation is None
    assert said in young.notes


def test_a_smaller_budget_tries_less_and_says_so() -> None:
    purchases = busy_shop()
    free = plan_of(purchases, SMALL)
    poor = plan_of(purchases, replace(SMALL, budget_seconds=0.0))
    assert (free.als, free.curve, free.windows, free.seeds) == (True, True, 2, 2)
    assert (poor.als, poor.curve, poor.windows, poor.seeds) == (False, False, 1, 1)
    assert poor.seconds < free.seconds
    trained = train(purchases, replace(SMALL, budget_seconds=0.0))
    assert trained.models.als is None
    assert any("budget" in note for note in trained.notes)


def test_a_budget_below_the_least_that_can_be_learned_is_told_and_no_other() -> None:
    purchases = busy_shop()
    least = plan_of(purchases, replace(SMALL, budget_seconds=0.0)).seconds
    said = f"the budget of 0 s is too small: the least that can be learned takes about {least:.0f} s"
    assert said in train(purchases, replace(SMALL, budget_seconds=0.0)).notes
    kept = train(purchases, replace(SMALL, budget_seconds=2.0 * least)).notes
    assert not any("the least that can be learned" in note for note in kept)


def test_progress_ends_at_one() -> None:
    told: list[tuple[str, float]] = []
    select_and_fit(
        busy_shop(),
        Catalogue.empty(),
        SMALL,
        until_s=UNTIL,
        progress=lambda step, share: told.append((step, share)),
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[-1] == ("done", 1.0)


def test_fitting_needs_no_window() -> None:
    models = fit_models(busy_shop(days=10), SMALL, now_s=START + 10 * DAY)
    assert models.blend.weights.sum() == pytest.approx(1.0)
