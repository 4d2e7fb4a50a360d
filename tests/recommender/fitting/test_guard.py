"""What is shipped is never worse than its own best source on the windows that could be looked at."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases
from recommender.evaluation import Task, evaluate_window
from recommender.evaluation.outcomes import outcomes_of
from recommender.fitting import FitConfig, TrainingResult, select_and_fit
from recommender.fitting.blend import choose_blend, ndcg_of, rival_blends
from recommender.fitting.candidates import CandidateSet, Variant
from recommender.fitting.config import AlsConfig, BlendConfig
from recommender.fitting.models import fit_sources, untuned_blend
from recommender.fitting.offering import Offering
from recommender.fitting.past import look_back
from recommender.fitting.plan import plan_of
from recommender.models import Source
from tests.recommender.data.worlds import DAY, START, shop

SMALL = FitConfig(als=AlsConfig(factors=8, iterations=2), blend=BlendConfig(most_customers=100))
DAYS = 140
WINDOW = 28


def shop_of_fads(days: int = DAYS, customers: int = 150, seed: int = 3) -> Purchases:
    """Return a shop whose every window has its own fads, gone the next day, beside tastes that stay.

    What buyers took up of late tells only of fads that nobody will buy any more.
    """
    rng = np.random.default_rng(seed)
    lines: list[tuple[int, int, str, float]] = []
    order = 0
    for customer in range(customers):
        taste = [f"t{customer % 10}-{item}" for item in range(20)]
        for day in np.sort(rng.uniform(0, days, days // 8)).tolist():
            order += 1
            fads = [f"f{int(day // WINDOW)}-{item}" for item in rng.choice(12, 3, replace=False)]
            late = (days - day) % WINDOW < 10
            basket = [*rng.choice(taste, 2, replace=False).tolist(), *(fads if late else [])]
            lines += [(customer, order, item, day) for item in basket]
    return shop(lines, customers)


def train(bought: Purchases, budget: float | None, days: int = DAYS) -> TrainingResult:
    config = replace(SMALL, budget_seconds=budget)
    return select_and_fit(bought, Catalogue.empty(), config, until_s=START + days * DAY)


def best_source(result: TrainingResult) -> float:
    assert result.evaluation is not None
    return max(
        scores.mean("ndcg")
        for (task, name), scores in result.evaluation.results.items()
        if task is Task.DISCOVER and name != "ours"
    )


def test_the_blend_that_nobody_judged_would_lose_here() -> None:
    bought = shop_of_fads()
    plan = plan_of(bought, SMALL)
    past = look_back(bought, SMALL, plan, START + DAYS * DAY, Offering.unknown(), lambda _step, _share: None)
    models = replace(past.judged[0].cut.models, blend=untuned_blend(SMALL, has_als=False))
    evaluation = evaluate_window(
        models, past.judged[0].cut.histories, past.judged[0].outcomes, now_s=models.as_of_s, seed=1
    )
    ndcg = {
        name: scores.mean("ndcg")
        for (task, name), scores in evaluation.results.items()
        if task is Task.DISCOVER
    }
    assert ndcg["ours"] < 0.8 * ndcg["spectral"]


@pytest.mark.parametrize("budget", [0.0, 3.0, None])
def test_no_budget_ships_or_measures_a_ranking_that_loses_to_its_best_source(budget: float | None) -> None:
    result = train(shop_of_fads(), budget)
    assert result.metrics["discover_ours_ndcg_at_10"] > 0.97 * best_source(result)
    assert result.models.blend.weights[[Source.NEWLY, Source.LATELY]].sum() < 0.5
    singles = [
        value
        for name, value in result.metrics.items()
        if name.startswith("validation_") and not name.startswith(("validation_ranker", "validation_ndcg"))
    ]
    assert result.metrics["validation_ndcg_at_10"] >= max(singles[1:])


@pytest.mark.parametrize("days", [40, 75])
def test_a_history_too_short_for_whole_windows_is_judged_on_a_shorter_one(days: int) -> None:
    """Forty days hold no window out; seventy-five hold one out, and none before it."""
    result = train(shop_of_fads(days=days, customers=250), None, days)
    assert result.models.blend.weights[[Source.NEWLY, Source.LATELY]].sum() < 0.5
    if result.evaluation is None:
        assert days == 40
    else:
        assert result.metrics["discover_ours_ndcg_at_10"] > 0.97 * best_source(result)
        assert any("shorter window" in note for note in result.notes)


@pytest.mark.parametrize("days", [75, 103])
def test_what_a_young_shop_is_served_with_does_not_lose_to_its_best_source_afterwards(days: int) -> None:
    """Half windows judge here: alone after seventy-five days, beside a whole one after a hundred and three."""
    whole = shop_of_fads(days=days + WINDOW, customers=250)
    now_s, end_s = START + days * DAY, START + (days + WINDOW) * DAY
    models = train(whole.before(now_s), None, days).models
    cut = fit_sources(whole, SMALL, now_s=now_s)
    outcomes = outcomes_of(whole.between(now_s, end_s), cut.purchases, cut.histories)
    evaluation = evaluate_window(models, cut.histories, outcomes, now_s=now_s, seed=1)
    ndcg = {
        name: found.mean("ndcg")
        for (task, name), found in evaluation.results.items()
        if task is Task.DISCOVER
    }
    assert ndcg.pop("ours") > 0.97 * max(ndcg.values())


def window_where(right: Variant, wrong: Variant) -> CandidateSet:
    """Return forty customers with two candidates each: one source puts the bought one first, the other one last."""
    bought = np.tile([True, False], 40)
    values = np.where(bought, np.array([[1.0], [0.5]]), np.array([[0.5], [1.0]])).astype(np.float32)
    variants = (Variant(Source.LATELY), Variant(Source.SPECTRAL))
    ordered = values if variants[0] == right else values[::-1]
    assert {right, wrong} == set(variants)
    return CandidateSet(
        variants,
        np.arange(40),
        np.arange(0, 81, 2),
        np.ascontiguousarray(ordered),
        bought,
        np.ones(40, np.int64),
    )


def test_a_rival_of_the_ranker_has_not_seen_the_window_that_judges_it_either() -> None:
    """The first window's own fad gives the blend more there than a blend that the two others chose."""
    lately, spectral = Variant(Source.LATELY), Variant(Source.SPECTRAL)
    windows = [window_where(lately, spectral), *[window_where(spectral, lately) for _ in range(2)]]
    blend = choose_blend(windows, BlendConfig())
    assert blend is not None
    rivals = rival_blends(windows, blend, BlendConfig())
    assert [rivals[0].best_source, len(rivals)] == [spectral, 3]
    assert np.nanmean(ndcg_of(windows[0], rivals[0].weights)) < 0.7
    assert rivals[1].weights != rivals[0].weights


def test_a_blend_that_one_window_chose_is_no_rival() -> None:
    lately, spectral = Variant(Source.LATELY), Variant(Source.SPECTRAL)
    windows = [window_where(lately, spectral), window_where(spectral, lately)]
    blend = choose_blend(windows, BlendConfig())
    assert blend is not None
    assert rival_blends(windows, blend, BlendConfig()) == [blend, blend]
    assert rival_blends(windows[:1], blend, BlendConfig()) == [blend]


def test_every_plan_keeps_a_window_to_judge_by() -> None:
    bought = shop_of_fads()
    for config in (SMALL, replace(SMALL, blend=replace(SMALL.blend, windows=0))):
        assert plan_of(bought, replace(config, budget_seconds=0.0)).windows == 1
