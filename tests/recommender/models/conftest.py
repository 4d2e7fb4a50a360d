from dataclasses import replace

import numpy as np
import pytest

from recommender.data import Histories, Purchases
from recommender.data.descriptions import Descriptions
from recommender.evaluation.outcomes import outcomes_of
from recommender.fitting import FitConfig
from recommender.fitting.config import RankerConfig, TreesConfig
from recommender.fitting.label_windows import label_window
from recommender.fitting.models import fit_sources, with_repeats
from recommender.fitting.ranker import fit_ranker, proposer_of
from recommender.models import FittedModels, Ranker
from tests.recommender.data.worlds import DAY, START, busy_shop

NOW = START + 200 * DAY
CONFIG = FitConfig(ranker=RankerConfig(min_positives=20, trees=TreesConfig(trees=10, min_rows=10)))


def described(purchases: Purchases) -> Descriptions:
    """Say of every item whether it is even, and of which ten."""
    kinds = [int(name[1:]) for name in sorted(purchases.items.ids)]
    category = np.array([(1 + kind % 2, 3 + kind // 10) for kind in kinds], np.int32)
    words = tuple(f"{'even' if kind % 2 == 0 else 'odd'} thing {kind // 10}" for kind in kinds)
    return Descriptions(category, 3 + 1 + max(kinds) // 10, words)


@pytest.fixture(scope="session")
def fitted() -> tuple[FittedModels, Histories]:
    """Models of a busy shop, every source present, and its customers."""
    bought = busy_shop().before(NOW)
    descriptions = described(busy_shop())
    cut = fit_sources(bought, CONFIG, now_s=NOW, descriptions=descriptions)
    return with_repeats(cut, CONFIG, descriptions=descriptions).models, cut.histories


@pytest.fixture(scope="session")
def ranked(fitted: tuple[FittedModels, Histories]) -> tuple[FittedModels, Histories]:
    """The same with a ranker that the last window taught."""
    return replace(fitted[0], ranker=_taught_ranker()), fitted[1]


def _taught_ranker() -> Ranker:
    shop, begin_s = busy_shop(), NOW - 28 * DAY
    cut = fit_sources(shop, CONFIG, now_s=begin_s, descriptions=described(shop))
    outcomes = outcomes_of(shop.between(begin_s, NOW), cut.purchases, cut.histories)
    rows = np.flatnonzero((cut.histories.orders > 0) & (outcomes.counts(owned=False) > 0))
    lesson = label_window(cut.models, proposer_of(CONFIG.ranker), cut.histories, outcomes, rows)
    ranker = fit_ranker([lesson], CONFIG.ranker, 1)
    assert ranker is not None
    return ranker
