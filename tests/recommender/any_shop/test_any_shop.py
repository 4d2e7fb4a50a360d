"""Shops of every size and habit are learned and answered, untouched."""

import functools
import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.customers import CustomerState, FoldedCustomers
from recommender.decisions import ActionKind, Decision, DecisionRequest, assortment_of, decide
from recommender.fitting import FitConfig, TrainingResult, fit_models, select_and_fit
from recommender.fitting.config import (
    BlendConfig,
    RankerConfig,
    ReplenishmentConfig,
    SpectralConfig,
    TreesConfig,
)
from recommender.types import DecisionId
from tests.recommender.any_shop.markets import Market

MARKETS = {
    "wholesale buyers of five thousand items": Market(8, 6_000, 420, 180, 35, tastes=2, staples=60),
    "households with three purchases": Market(900, 300, 300, 3, 1, staples=2),
    "a thousand items over three years": Market(80, 1_000, 1_095, 40, 3, staples=8),
    "two hundred thousand items": Market(120, 200_000, 200, 10, 60, described=False),
    "four months": Market(200, 400, 120, 8, 3),
    "neither prices nor categories": Market(100, 500, 240, 10, 3, priced=False, described=False),
    "days without a time": Market(100, 500, 240, 10, 3, whole_days=True),
    "closed for seven weeks in the middle": Market(100, 500, 240, 12, 3, closed=(100, 149)),
    "closed for the last window but one": Market(100, 500, 240, 12, 3, closed=(184, 212)),
    "closed for the last weeks": Market(100, 500, 240, 12, 3, closed=(205, 240)),
}
QUICK = FitConfig(
    ranker=RankerConfig(most_customers=200, min_positives=50, trees=TreesConfig(trees=15)),
    spectral=SpectralConfig(dimensions=48),
    replenishment=ReplenishmentConfig(most_regressed=10_000, most_pairs=30_000, trees=8),
    blend=BlendConfig(most_customers=80),
)


@dataclass(frozen=True)
class Trained:
    market: Market
    catalogue: Catalogue
    result: TrainingResult
    states: FoldedCustomers

    def decide(self, state: CustomerState) -> Decision:
        return decide(
            state,
            DecisionRequest(k=10),
            self.result.models,
            assortment_of(self.result.models, self.catalogue),
            now_s=self.market.end_s,
            decision_id=DecisionId("d"),
        )


@functools.cache
def trained(name: str) -> Trained:
    market = MARKETS[name]
    lines, catalogue = market.order_lines(), market.catalogue()
    result = select_and_fit(market.purchases(lines, catalogue), catalogue, QUICK, until_s=market.end_s)
    return Trained(market, catalogue, result, market.states(lines))


@pytest.mark.parametrize("name", MARKETS)
def test_a_shop_of_any_kind_is_learned_and_everybody_in_it_answered(name: str) -> None:
    shop = trained(name)
    result = shop.result
    assert all(np.isfinite(value) for value in result.metrics.values())
    assert result.metrics["discover_ours_ndcg_at_10"] > 0.02
    assert result.metrics["repeat_ours_ndcg_at_10"] > 0.25
    heaviest = int(np.argmax(np.diff(shop.states.item_start)))
    for state in (CustomerState.empty(), *map(shop.states.state, (0, 1, 2, heaviest))):
        decision = shop.decide(state)
        assert len(decision.actions) == 10
        assert all(np.isfinite(action.score) and 0 <= action.score <= 1 for action in decision.actions)
        offered = {action.item for action in decision.actions if action.action is ActionKind.PRODUCT_OFFER}
        assert not offered & set(state.items.number.tolist())


def test_a_shop_that_was_closed_for_weeks_still_reminds_of_what_runs_out() -> None:
    """Nobody bought anything in the last window: that says nothing about who will, once it opens."""
    shop = trained("closed for the last weeks")
    actions = [action for index in range(20) for action in shop.decide(shop.states.state(index)).actions]
    assert sum(action.action is ActionKind.BUY_AGAIN for action in actions) >= 20
    assert max(action.score for action in actions) > 0.05


def test_no_square_of_a_large_catalogue_is_ever_held() -> None:
    """Two hundred thousand items squared would be 160 GB; what is learned grows with items times neighbours."""
    market = MARKETS["two hundred thousand items"]
    lines, catalogue = market.order_lines(), market.catalogue()
    purchases = market.purchases(lines, catalogue)
    tracemalloc.start()
    fit_models(purchases, QUICK, now_s=market.end_s)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(purchases.items) > 35_000
    assert peak < 1_500_000_000
