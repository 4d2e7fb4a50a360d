"""A held-out window is judged by customers enough, and by no more."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.evaluation import Task, WindowEvaluation, evaluate_window
from recommender.evaluation.outcomes import outcomes_of
from recommender.evaluation.window import MOST_JUDGES
from recommender.fitting import FitConfig
from recommender.fitting.models import fit_sources
from tests.recommender.data.worlds import DAY, START, shop

CUT_S = START + 28 * DAY
CONFIG = replace(FitConfig().without_als(), window_days=28.0)


def judged(customers: int, seed: int) -> WindowEvaluation:
    """Judge a shop in which everybody buys one thing before the cut, and it and another one after it."""
    lines = [
        (who, 3 * who + order, f"item-{(who + order // 2) % 7}", day)
        for who in range(customers)
        for order, day in enumerate((1.0, 30.0, 40.0))
    ]
    bought = shop(lines, customers)
    cut = fit_sources(bought, CONFIG, now_s=CUT_S)
    later = outcomes_of(bought.between(CUT_S, CUT_S + 28 * DAY), cut.purchases, cut.histories)
    return evaluate_window(cut.models, cut.histories, later, now_s=CUT_S, seed=seed)


@pytest.fixture(scope="module")
def large() -> WindowEvaluation:
    return judged(MOST_JUDGES + 500, seed=1)


def test_a_large_shop_is_judged_by_a_sample_of_its_customers(large: WindowEvaluation) -> None:
    for task in (Task.DISCOVER, Task.REPEAT):
        assert large.metrics()[f"{task}_customers"] == MOST_JUDGES
        assert all(
            len(found.values["ndcg"]) == MOST_JUDGES for (of, _), found in large.results.items() if of is task
        )


def test_the_same_seed_draws_the_same_customers(large: WindowEvaluation) -> None:
    again = judged(MOST_JUDGES + 500, seed=1)
    other = judged(MOST_JUDGES + 500, seed=2)
    mine, same, different = (
        one.results[Task.DISCOVER, "popularity"].values["ndcg"] for one in (large, again, other)
    )
    assert np.array_equal(mine, same)
    assert not np.array_equal(mine, different)


def test_a_small_shop_is_judged_by_everybody() -> None:
    assert judged(40, seed=1).metrics()["discover_customers"] == 40
