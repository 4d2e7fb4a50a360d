from dataclasses import replace

import numpy as np
import pytest

from recommender.data import Histories, History, Purchases
from recommender.data.purchases import reindexed
from recommender.evaluation.outcomes import outcomes_of
from recommender.fitting import FitConfig
from recommender.fitting.choosing import Choice
from recommender.fitting.config import AlsConfig, RankerConfig, TreesConfig
from recommender.fitting.label_windows import LabelWindow, label_window
from recommender.fitting.models import FittedCut, fit_sources
from recommender.fitting.offering import Offering
from recommender.fitting.past import look_back, needed_by
from recommender.fitting.plan import Plan
from recommender.fitting.ranker import MIXES, Rivals, Trial, choose_mix, fit_ranker, proposer_of
from recommender.models import FittedModels, Ranker, offer_probability, score_offers
from recommender.models.by_reference import refer_to_offers
from recommender.models.feature_kernels import FEATURES
from recommender.models.fitted import offer_tables_of
from recommender.models.item_item import ItemItemModel
from recommender.models.offer_kernels import candidate_features, offer_scores, sparse_scores
from recommender.models.ranker import PROPOSERS
from recommender.models.scoring import repeat_input
from recommender.models.trees import tree_scores
from tests.recommender.data.worlds import DAY, START, busy_shop

NOW = START + 172 * DAY
WINDOW_S = 28 * DAY
CONFIG = FitConfig(
    als=AlsConfig(factors=8, iterations=3),
    ranker=RankerConfig(min_positives=20, depth=10, trees=TreesConfig(trees=20, min_rows=10)),
)


def cut_at(purchases: Purchases, now_s: int) -> FittedCut:
    return fit_sources(purchases, CONFIG, now_s=now_s)


def window_of(purchases: Purchases, cut: FittedCut) -> LabelWindow:
    now_s = cut.models.as_of_s
    outcomes = outcomes_of(purchases.between(now_s, now_s + WINDOW_S), cut.purchases, cut.histories)
    rows = np.flatnonzero((cut.histories.orders > 0) & (outcomes.counts(owned=False) > 0))
    return label_window(cut.models, proposer_of(CONFIG.ranker), cut.histories, outcomes, rows)


@pytest.fixture(scope="module")
def ranked() -> tuple[FittedModels, Histories, LabelWindow]:
    """Models of a busy shop with a ranker that the window before taught."""
    shop = busy_shop()
    earlier = window_of(shop, cut_at(shop, NOW - WINDOW_S))
    ranker = fit_ranker([earlier], CONFIG.ranker, 1)
    assert ranker is not None
    cut = cut_at(shop, NOW)
    return replace(cut.models, ranker=ranker), cut.histories, window_of(shop, cut)


def test_serving_sees_the_features_that_fitting_saw_bit_for_bit(
    ranked: tuple[FittedModels, Histories, LabelWindow],
) -> None:
    models, histories, window = ranked
    for place, row in enumerate(window.rows.tolist()):
        history = histories.history(row)
        item, columns = candidate_features(repeat_input(history), models.offer_tables, NOW)
        mine = window.x[window.indptr[place] : window.indptr[place + 1]]
        assert columns[:, : len(item)].T.tobytes() == mine.tobytes()
        assert not np.isin(item, history.item).any()
        assert len(np.unique(item)) == len(item)
        assert columns.shape[0] == len(FEATURES)
        assert np.isfinite(columns).all()


def test_candidates_come_first_in_the_order_of_the_ranker(
    ranked: tuple[FittedModels, Histories, LabelWindow],
) -> None:
    models, histories, window = ranked
    assert models.ranker is not None
    alone = replace(models, ranker=replace(models.ranker, weights=np.array([1, 0, 0], np.float32)))
    for place, row in enumerate(window.rows[:20].tolist()):
        history = histories.history(row)
        score = score_offers(alone, history, NOW)
        item, _ = candidate_features(repeat_input(history), models.offer_tables, NOW)
        others = np.setdiff1d(np.arange(len(score)), item)
        assert np.isfinite(score).all()
        assert score[item].min() >= 2.0
        assert score[others].max() <= 1.0
        mine = window.x[window.indptr[place] : window.indptr[place + 1]]
        pairwise = tree_scores(mine, models.ranker.pairwise.tables)
        by_trees = np.argsort(-pairwise, kind="stable")
        assert (np.diff(score[item][by_trees]) <= 1e-4).all()


def test_candidates_are_the_best_of_every_source(
    ranked: tuple[FittedModels, Histories, LabelWindow],
) -> None:
    models, histories, _ = ranked
    history = histories.history(3)
    bought = repeat_input(history)
    item, _ = candidate_features(bought, models.offer_tables, NOW)
    plain = sparse_scores(bought, models.offer_tables, NOW)
    asked = 0
    plain[:, history.item] = 0
    for name, score in zip(PROPOSERS, [*plain, *(plain * models.popularity.lift)], strict=False):
        depth = int(proposer_of(CONFIG.ranker).depth[PROPOSERS.index(name)])
        best = np.argsort(-score, kind="stable")[:depth]
        assert np.isin(best[score[best] > 0], item).all()
        asked += int(depth > 0)
    assert asked == 5


def unreached(models: FittedModels, first: int) -> FittedModels:
    """Return the models without the items from one on among neighbours and lists: as items that hardly anybody bought."""
    assert models.facts is not None
    assert models.content is None
    best = models.facts.best
    return replace(
        models,
        item_item=without(models.item_item, first),
        lately=without(models.lately, first),
        newly=without(models.newly, first),
        spectral=without(models.spectral, first),
        facts=replace(models.facts, best=np.where(best < first, best, 0)),
    )


def without(model: ItemItemModel | None, first: int) -> ItemItemModel:
    assert model is not None
    kept = model.neighbour < first
    indptr = np.concatenate(([0], np.cumsum(kept)))[model.indptr]
    return ItemItemModel(indptr, model.neighbour[kept], model.weight[kept])


def test_items_that_no_source_reaches_are_scored_as_if_all_were_looked_through(
    ranked: tuple[FittedModels, Histories, LabelWindow],
) -> None:
    models = unreached(ranked[0], first=50)
    few = offer_tables_of(models)
    assert few.reach == 50 < len(models.items)
    everything = refer_to_offers(few._replace(reach=len(models.items)))
    owners = 0
    for row in range(60):
        history = ranked[1].history(row)
        owners += int((history.item >= 50).any())
        looked_through = offer_scores(repeat_input(history), everything, NOW)
        assert score_offers(models, history, NOW).tobytes() == looked_through.tobytes()
    assert owners > 10


def test_somebody_unknown_is_answered_by_what_newcomers_buy_with_a_ranker_too(
    ranked: tuple[FittedModels, Histories, LabelWindow],
) -> None:
    models, _, _ = ranked
    score = score_offers(models, History.empty(), NOW)
    assert models.newcomers is not None
    assert (np.diff(score[np.argsort(-models.newcomers.score, kind="stable")]) <= 0).all()
    probability = offer_probability(models, score)
    assert ((probability >= 0) & (probability <= 1)).all()


def test_a_purchase_after_the_time_moves_nothing() -> None:
    """Everybody buys item i059 the day after; what is learned and said before it stays as it was."""
    shop = busy_shop()
    planted = np.flatnonzero((shop.at_s >= NOW) & (shop.customer >= 0))
    item = shop.item.copy()
    item[planted] = shop.items.ids.index("i059")
    changed = reindexed(replace(shop, item=item))
    answers = []
    for purchases in (shop, changed, shop.before(NOW)):
        lesson = window_of(purchases, cut_at(purchases, NOW - WINDOW_S))
        ranker = fit_ranker([lesson], CONFIG.ranker, 1)
        cut = cut_at(purchases, NOW)
        models = replace(cut.models, ranker=ranker)
        answers.append([score_offers(models, cut.histories.history(row), NOW).tobytes() for row in range(10)])
    assert answers[0] == answers[1] == answers[2]


def test_the_same_windows_and_seed_give_the_same_ranker() -> None:
    shop = busy_shop()
    lesson = window_of(shop, cut_at(shop, NOW - WINDOW_S))
    first, again = (fit_ranker([lesson], CONFIG.ranker, 7) for _ in range(2))
    assert first is not None
    assert again is not None
    for name, array in first.arrays().items():
        assert array.tobytes() == again.arrays()[name].tobytes()
    rebuilt = Ranker.from_arrays(first.arrays())
    assert rebuilt.arrays().keys() == first.arrays().keys()


def test_windows_that_teach_too_little_teach_nothing() -> None:
    assert fit_ranker([], CONFIG.ranker, 1) is None
    shop = busy_shop(customers=3)
    lesson = window_of(shop, cut_at(shop, NOW - WINDOW_S))
    assert fit_ranker([lesson], replace(CONFIG.ranker, min_positives=10_000), 1) is None


def trial(lead: float, customers: int = 400, seed: int = 0, source: float = -0.1) -> Trial:
    rng = np.random.default_rng(seed)
    blend = rng.uniform(size=customers)
    of_mix = {name: blend + lead + rng.normal(0, 0.1, customers) for name in MIXES}
    return Trial(of_mix, Rivals(blend, blend + source))


def test_a_ranker_is_shipped_only_where_it_clearly_leads() -> None:
    config = RankerConfig()
    assert choose_mix([trial(0.05), trial(0.05, seed=1)], config) is not None
    assert choose_mix([trial(-0.05), trial(-0.05, seed=1)], config) is None
    assert choose_mix([trial(0.10), trial(-0.05, seed=1)], config) is None
    assert choose_mix([trial(0.5, customers=1)], config) is None
    assert choose_mix([trial(0.05, source=0.1), trial(0.05, seed=1, source=0.1)], config) is None
    assert choose_mix([], config) is None


@pytest.mark.parametrize(
    ("over_blend", "over_source", "chosen"), [(1, 1, "mean"), (-1, 1, "mean"), (1, -1, None), (-15, 1, None)]
)
def test_a_ranker_that_leads_the_source_and_is_close_to_the_blend_is_shipped(
    over_blend: int, over_source: int, chosen: str | None
) -> None:
    """It may be behind the blend by noise, which is two errors of 0.005 over the square root of two here; behind the source never."""
    score, noise = np.full(400, 0.5), np.tile([-0.1, 0.1], 200)
    rivals = Rivals(score - 0.001 * over_blend + noise, score - 0.001 * over_source + noise)
    trials = [Trial(dict.fromkeys(MIXES, score), rivals)] * 2
    assert choose_mix(trials, RankerConfig()) == chosen


def test_a_ranker_is_taught_by_windows_that_ended_before_it_is_used() -> None:
    plan = Plan(2, 50, als=True, curve=False, labels=2, overlap=1, year_ago=True, seeds=1, seconds=0.0)
    assert needed_by(0, plan, 13) == [1, 2, 13]
    assert needed_by(3, plan, 13) == [4, 5, 16]
    assert needed_by(0, replace(plan, labels=0), 13) == []
    assert needed_by(1, plan, 13, per_window=4) == [8, 9, 10, 11, 12, 56]
    past = look_back(busy_shop(), CONFIG, plan, NOW, Offering.unknown(), lambda _step, _share: None)
    assert [window.back for window in past.judged] == [1, 2, 3]
    assert max(past.lessons) <= 5
    assert Choice().metrics() == {}


def test_a_ranker_is_also_taught_by_what_those_of_earlier_windows_needed() -> None:
    plan = Plan(2, 50, als=True, curve=False, labels=1, overlap=1, year_ago=True, seeds=1, seconds=0.0)
    past = look_back(busy_shop(), CONFIG, plan, NOW, Offering.unknown(), lambda _step, _share: None)
    steps = sorted(past.lessons)
    assert steps == [1, 2, 3, 4]
    of_year = {**past.lessons, 13: past.lessons[4], 14: past.lessons[3]}
    long = replace(past, lessons=of_year)
    for back, taught in [(0, [1, 2, 3, 4, 13]), (1, [2, 3, 4, 14]), (3, [4])]:
        assert long.lessons_before(back) == [of_year[step] for step in taught]


@pytest.mark.parametrize(("lead", "chosen"), [(0.015, "mean"), (0.025, "pairwise")])
def test_another_mix_must_lead_the_mean_of_three_by_two_errors(lead: float, chosen: str) -> None:
    """One of 0.01 on each of two windows: 0.007 on their mean."""
    score, noise = np.full(100, 0.5), np.tile([-0.1, 0.1], 50)
    of_mix = dict.fromkeys(MIXES, score) | {"pairwise": score + lead / 2**0.5 + noise}
    trials = [Trial(of_mix, Rivals(score - 0.1, score - 0.1))] * 2
    assert choose_mix(trials, RankerConfig()) == chosen
