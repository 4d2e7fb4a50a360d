"""Promotions known in advance as features of the ranker: used where they help, never known before they were."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recommender.bundles import BundleMetadata, load_bundle, save_bundle
from recommender.bundles.layout import arrays_of
from recommender.catalog import Promotion, Promotions
from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases
from recommender.evaluation.outcomes import outcomes_of
from recommender.fitting import FitConfig, TrainingResult, select_and_fit
from recommender.fitting.config import AlsConfig, BlendConfig, RankerConfig, ReplenishmentConfig, TreesConfig
from recommender.fitting.label_windows import label_window
from recommender.fitting.models import fit_sources
from recommender.fitting.offering import learnable_kinds
from recommender.fitting.ranker import fit_ranker, proposer_of
from recommender.models import score_offers
from recommender.models.feature_kernels import FEATURES
from recommender.models.fitted import offer_tables_of
from recommender.models.offer_kernels import candidate_features
from recommender.models.promoted import promoted_at, promoted_columns
from recommender.models.scoring import repeat_input
from recommender.types import ItemNumber
from tests.recommender.data.worlds import DAY, START, shop

DAYS, WINDOW = 224, 28
UNTIL = START + DAYS * DAY
CONFIG = FitConfig(
    als=AlsConfig(factors=0),
    blend=BlendConfig(most_customers=200),
    replenishment=ReplenishmentConfig(trees=5),
    ranker=RankerConfig(min_positives=20, year_ago=False, trees=TreesConfig(trees=20, min_rows=20)),
)
ITEMS = 120


def on_show(window: int, seed: int = 0) -> list[int]:
    """Return the items that a window displays."""
    items: list[int] = np.random.default_rng((seed, window)).choice(ITEMS, 8, replace=False).tolist()
    return items


def shop_of_displays(customers: int = 200) -> Purchases:
    """Return a shop in which half of what is bought is what happens to be displayed in those weeks."""
    rng = np.random.default_rng(4)
    lines: list[tuple[int, int, str, float]] = [(-1, 10**6, f"i{item:03d}", 0.0) for item in range(ITEMS)]
    for customer in range(customers):
        for order, day in enumerate(np.sort(rng.uniform(0, DAYS, 20)).tolist()):
            taste = int(customer % 4 * 30 + rng.integers(0, 30))
            shown = int(rng.choice(on_show(int(day // WINDOW))))
            lines += [(customer, customer * 100 + order, f"i{item:03d}", day) for item in {taste, shown}]
    return shop(lines, customers)


def plans(kind: str = "display", seed: int = 0, lead_days: float = 7) -> list[Promotion]:
    """Return what is displayed in every window, the one after the end included."""
    found = []
    for window in range(DAYS // WINDOW + 1):
        begin = datetime.fromtimestamp(START, UTC) + timedelta(days=window * WINDOW)
        found += [
            Promotion(
                item_id=f"i{item:03d}",
                kind=kind,
                active_from=begin,
                active_until=begin + timedelta(days=WINDOW),
                announced_at=begin - timedelta(days=lead_days),
            )
            for item in on_show(window, seed)
        ]
    return found


def promotions_of(bought: Purchases, listed: list[Promotion]) -> Promotions:
    numbers = dict(zip(bought.items.ids, map(ItemNumber, bought.items.numbers.tolist()), strict=True))
    return Promotions.of(listed, numbers)


def train(listed: list[Promotion]) -> TrainingResult:
    bought = shop_of_displays()
    told = promotions_of(bought, listed)
    return select_and_fit(bought, Catalogue.empty(), CONFIG, until_s=UNTIL, promotions=told)


@pytest.fixture(scope="module")
def told() -> TrainingResult:
    return train(plans())


def test_what_is_planned_moves_up_where_plans_told_what_sold(told: TrainingResult) -> None:
    untold = train([])
    assert told.models.ranker is not None
    assert told.models.ranker.kinds == ("display",)
    ours = "discover_ours_ndcg_at_10"
    assert told.metrics[ours] > 1.3 * untold.metrics[ours]
    metrics = told.metrics
    assert metrics["validation_ranker_promotions_ndcg_at_10"] > metrics["validation_ranker_mean_ndcg_at_10"]


@pytest.mark.parametrize("seed", [99, 1])
def test_plans_that_tell_nothing_are_left_out(seed: int) -> None:
    """Both lead by one standard error, by luck."""
    result = train(plans(seed=seed))
    assert result.models.ranker is None or result.models.ranker.kinds == ()
    assert offer_tables_of(result.models).facts.promoted.shape[1] == 0


def test_coupons_and_kinds_that_come_and_go_teach_nothing() -> None:
    bought = shop_of_displays()
    once = [replace_kind(plan, "fair") for plan in plans()[:8]]
    known = promotions_of(bought, [*plans(), *plans("Coupon book"), *once])
    cuts = [UNTIL - back * WINDOW * DAY for back in (1, 2, 3)]
    assert learnable_kinds(known, cuts, WINDOW * DAY) == ("display",)
    assert learnable_kinds(Promotions.empty(), cuts, WINDOW * DAY) == ()


def replace_kind(plan: Promotion, kind: str) -> Promotion:
    return Promotion(
        item_id=plan.item_id,
        kind=kind,
        active_from=plan.active_from,
        active_until=plan.active_until,
        announced_at=plan.announced_at,
    )


def test_a_plan_that_was_announced_later_was_not_known() -> None:
    """Announced the day after each window began, or not at all: the first decisions of the window are the same."""
    bought = shop_of_displays()
    now_s = UNTIL - WINDOW * DAY
    models = fit_sources(bought, CONFIG, now_s=now_s).models
    late = [plan for plan in plans(lead_days=-1) if plan.active_from.timestamp() >= now_s]
    early = [plan for plan in plans() if plan.active_from.timestamp() < now_s]
    of_late, of_early = (
        promoted_columns(models, promotions_of(bought, listed).aligned(("display",)), now_s)
        for listed in ([*early, *late], early)
    )
    assert of_late.tobytes() == of_early.tobytes()
    assert of_early.any()


def test_fitting_and_serving_see_the_same_promotions_bit_for_bit() -> None:
    bought, now_s = shop_of_displays(), UNTIL - WINDOW * DAY
    promotions = promotions_of(bought, plans())
    cut = fit_sources(bought, CONFIG, now_s=now_s)
    columns = promoted_columns(cut.models, promotions.aligned(("display",)), now_s)
    fitted = replace(cut.models, promoted=columns)
    outcomes = outcomes_of(bought.between(now_s, UNTIL), cut.purchases, cut.histories)
    rows = np.flatnonzero(outcomes.counts(owned=False) > 0)[:40]
    lesson = label_window(fitted, proposer_of(CONFIG.ranker, ("display",)), cut.histories, outcomes, rows)
    ranker = fit_ranker([lesson], CONFIG.ranker, 1, ("display",))
    assert ranker is not None
    served = promoted_at(replace(cut.models, ranker=ranker), promotions, now_s)
    for place, row in enumerate(rows.tolist()):
        item, seen = candidate_features(repeat_input(cut.histories.history(row)), served.offer_tables, now_s)
        mine = lesson.x[lesson.indptr[place] : lesson.indptr[place + 1]]
        assert seen[:, : len(item)].T.tobytes() == mine.tobytes()
    assert lesson.x.shape[1] == len(FEATURES) + 2
    assert lesson.x[:, -2:].any(axis=0).all()


def test_a_bundle_keeps_the_kinds_and_not_the_plans(told: TrainingResult, tmp_path: Path) -> None:
    save_bundle(told.models, tmp_path / "bundle", metadata=BundleMetadata())
    loaded, _ = load_bundle(tmp_path / "bundle")
    assert loaded.ranker is not None
    assert loaded.ranker.kinds == ("display",)
    assert not offer_tables_of(loaded).facts.promoted.any()
    again = promoted_at(loaded, promotions_of(shop_of_displays(), plans()), UNTIL)
    histories = fit_sources(shop_of_displays(), CONFIG, now_s=UNTIL).histories
    for row in range(10):
        history = histories.history(row)
        expected = score_offers(told.models, history, UNTIL)
        assert score_offers(again, history, UNTIL).tobytes() == expected.tobytes()
        assert np.isfinite(score_offers(loaded, history, UNTIL)).all()


def test_a_shop_without_promotions_has_no_column_and_no_array_more() -> None:
    models = train([]).models
    assert offer_tables_of(models).facts.promoted.shape == (len(models.items), 0)
    assert not any("kinds" in name for name in arrays_of(models))
