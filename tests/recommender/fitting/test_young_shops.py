"""Where the history is short, windows that teach overlap, and half windows judge where no whole one can."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.data import Purchases
from recommender.fitting import FitConfig
from recommender.fitting.choosing import choose, rankers_of
from recommender.fitting.config import AlsConfig, BlendConfig, RankerConfig, TreesConfig
from recommender.fitting.offering import Offering
from recommender.fitting.past import Past, look_back
from recommender.fitting.plan import plan_of
from recommender.fitting.ranker import fit_ranker
from recommender.fitting.rehearsal import Rehearsal, rehearse
from tests.recommender.data.worlds import DAY, START, busy_shop

CONFIG = FitConfig(
    als=AlsConfig(factors=4, iterations=1),
    blend=BlendConfig(most_customers=60),
    ranker=RankerConfig(min_positives=20, depth=10, trees=TreesConfig(trees=5, min_rows=20)),
)


def past_of(bought: Purchases, days: int, config: FitConfig = CONFIG) -> Past:
    until_s = START + days * DAY
    known = bought.before(until_s)
    return look_back(known, config, plan_of(known, config), until_s, Offering.unknown(), lambda *_step: None)


def rehearsal_of(bought: Purchases, days: int, past: Past) -> Rehearsal | None:
    until_s = START + days * DAY
    return rehearse(bought.before(until_s), CONFIG, until_s, Offering.unknown(), past)


@pytest.fixture(scope="module")
def bought() -> Purchases:
    return busy_shop(days=300)


@pytest.mark.parametrize(
    ("days", "steps", "lessons"),
    [
        (75, 4, [4, 5, 6]),
        (120, 4, [*range(4, 14)]),
        (148, 2, [2, 3, 4, 5, 6, 7, 8]),
        (230, 1, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_the_shorter_the_history_the_more_windows_that_teach_overlap(
    bought: Purchases, days: int, steps: int, lessons: list[int]
) -> None:
    past = past_of(bought, days)
    assert past.per_window == steps
    assert sorted(past.lessons) == lessons
    assert all(window.cut.models.as_of_s == START + (days - 28 * window.back) * DAY for window in past.judged)


def test_no_lesson_overlaps_where_the_configuration_says_so(bought: Purchases) -> None:
    config = replace(CONFIG, ranker=replace(CONFIG.ranker, overlap=1))
    assert sorted(past_of(bought, 120, config).lessons) == [1, 2, 3]


def test_what_teaches_a_judged_ranker_does_not_know_of_the_window_that_judges(bought: Purchases) -> None:
    """Overlapping windows included: without a purchase in the last window the same lessons come before it."""
    whole, cut_short = past_of(bought, 120), past_of(bought.before(START + 92 * DAY), 120)
    before, after = whole.lessons_before(1), [cut_short.lessons[step] for step in range(8, 14)]
    assert len(before) == len(after) == 6 - (13 not in whole.lessons)
    for one, other in zip(before, after, strict=True):
        assert one.x.tobytes() == other.x.tobytes()
        assert one.is_positive.tobytes() == other.is_positive.tobytes()


def test_a_window_whose_ranker_was_taught_too_little_does_not_judge_rankers(bought: Purchases) -> None:
    past = past_of(bought, 120)
    taught = [len(past.lessons_before(window.back)) for window in past.judged]
    assert taught[0] >= 5
    assert taught[1] < taught[0] / 2
    alone = replace(past, judged=past.judged[:1])
    rankers = rankers_of(past, CONFIG)
    every, first = choose(past, rankers, 0, CONFIG).ndcg_of, choose(alone, rankers, 0, CONFIG).ndcg_of
    assert {name: every[name] for name in ("mean", "binary")} == {
        name: first[name] for name in ("mean", "binary")
    }


def test_half_windows_judge_where_one_window_judges_and_none_teaches_before_it(bought: Purchases) -> None:
    past = past_of(bought, 75)
    rehearsal = rehearsal_of(bought, 75, past)
    assert rehearsal is not None
    rankers = rankers_of(past, CONFIG)
    assert choose(past, rankers, 0, CONFIG).ranker is None
    choice = choose(past, rankers, 0, CONFIG, rehearsal)
    assert choice.blend is not None
    trial = rehearsal.trial(choice.blend)
    assert choice.ndcg_of["mean"] == np.nanmean(trial.of_mix["mean"])
    assert rehearsal_of(bought, 120, past_of(bought, 120)) is None
    assert rehearsal_of(bought, 40, past_of(bought, 40)) is None


def test_half_windows_judge_beside_a_window_whose_ranker_was_taught_by_less_than_half(
    bought: Purchases,
) -> None:
    past = past_of(bought, 100)
    assert [len(past.lessons_before(back)) for back in (0, 1)] == [7, 3]
    rehearsal = rehearsal_of(bought, 100, past)
    assert rehearsal is not None
    rankers = rankers_of(past, CONFIG)
    whole, both = choose(past, rankers, 0, CONFIG), choose(past, rankers, 0, CONFIG, rehearsal)
    assert both.blend is not None
    half = np.nanmean(rehearsal.trial(both.blend).of_mix["mean"])
    assert both.ndcg_of["mean"] == pytest.approx((whole.ndcg_of["mean"] + half) / 2)


def test_a_ranker_that_lost_its_rehearsal_is_not_shipped_and_one_that_won_is(bought: Purchases) -> None:
    past = past_of(bought, 75)
    rehearsal = rehearsal_of(bought, 75, past)
    assert rehearsal is not None
    asked = rehearsal.asked
    good = fit_ranker([asked], CONFIG.ranker, 1)
    bad = fit_ranker([replace(asked, is_positive=~asked.is_positive)], CONFIG.ranker, 1)
    assert good is not None
    assert bad is not None
    rankers = rankers_of(past, CONFIG)
    won = choose(past, rankers, 0, CONFIG, replace(rehearsal, ranker=good))
    assert won.ranker is not None
    assert won.of_level is not None
    assert won.of_level.linear.tobytes() == rehearsal.of_level.linear.tobytes()
    assert choose(past, rankers, 0, CONFIG, replace(rehearsal, ranker=bad)).ranker is None


def test_the_rehearsal_learned_nothing_from_the_half_window_that_judges_it(bought: Purchases) -> None:
    """A third of what the last half window sold is taken away: the same ranker, judged by less."""
    past = past_of(bought, 75)
    late = bought.at_s >= START + 61 * DAY
    other = rehearsal_of(bought.where(~late | (np.arange(len(bought)) % 3 > 0)), 75, past)
    one = rehearsal_of(bought, 75, past)
    assert one is not None
    assert other is not None
    assert one.ranker.linear.tobytes() == other.ranker.linear.tobytes()
    assert one.asked.is_positive.sum() > other.asked.is_positive.sum()
