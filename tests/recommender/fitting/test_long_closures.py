"""A shop that was closed for many years: what was bought before says nearly nothing, or nothing, when it opens again."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases, histories_of
from recommender.fitting import FitConfig, TrainingResult, select_and_fit
from recommender.fitting.config import AlsConfig, BlendConfig, RankerConfig, TreesConfig
from recommender.fitting.offering import Offering
from recommender.fitting.past import look_back
from recommender.fitting.plan import plan_of
from recommender.models import score_offers
from tests.recommender.data.worlds import DAY, START, busy_shop

SEASON, DAYS = 80, 160
"""The shop closes after the first season and has another one of the same length."""

CONFIG = FitConfig(
    als=AlsConfig(factors=4, iterations=1),
    blend=BlendConfig(most_customers=40),
    ranker=RankerConfig(min_positives=20, depth=10, trees=TreesConfig(trees=5, min_rows=20)),
)


def closed_for(half_lives: int) -> tuple[Purchases, int]:
    """Return a shop that was closed for so many half-lives of what a purchase says (28 days), and when its log ends."""
    bought, closed_s = busy_shop(customers=60, items=40, days=DAYS), half_lives * 28 * DAY
    later = bought.at_s >= START + SEASON * DAY
    return replace(bought, at_s=bought.at_s + closed_s * later), START + DAYS * DAY + closed_s


@pytest.mark.parametrize("half_lives", [13, 126, 128, 140, 149, 200])
def test_windows_after_it_teach_finite_features(half_lives: int) -> None:
    """From 128 on the reciprocal of what a purchase says is infinite, from 150 on it says nothing: 9.8 and 11.5 years."""
    bought, until_s = closed_for(half_lives)
    plan = plan_of(bought, CONFIG)
    past = look_back(bought, CONFIG, plan, until_s, Offering.unknown(), lambda *_step: None)
    assert any(past.lessons[step].is_positive.any() for step in past.lessons)
    for lesson in past.lessons.values():
        assert np.isfinite(lesson.x).all()
    for window in past.judged:
        assert np.isfinite(window.candidates.values).all()


@pytest.fixture(scope="module")
def result() -> TrainingResult:
    bought, until_s = closed_for(143)
    return select_and_fit(bought, Catalogue.empty(), CONFIG, until_s=until_s)


def test_it_trains(result: TrainingResult) -> None:
    """Eleven years; the first window after them has purchases of 143 half-lives ago to learn from."""
    assert result.models.ranker is not None
    assert all(np.isfinite(value) for value in result.metrics.values())
    assert result.metrics["discover_ours_ndcg_at_10"] > result.metrics["discover_popularity_ndcg_at_10"]


def test_two_tastes_are_told_apart_after_it(result: TrainingResult) -> None:
    bought, until_s = closed_for(143)
    histories = histories_of(bought)
    for row in range(10):
        history = histories.history(row)
        score = score_offers(result.models, history, until_s)
        assert np.isfinite(score).all()
        score[history.item] = -1
        best = np.argsort(-score, kind="stable")[:2]
        assert {int(result.models.items.ids[item][1:]) % 2 for item in best} <= {row % 2}
