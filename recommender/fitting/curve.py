"""How much more customers would teach: the held-out NDCG by the share of customers who taught."""

from dataclasses import dataclass, replace

import numpy as np

from recommender.data import GUEST, Purchases, histories_of
from recommender.evaluation import ndcg_at_k
from recommender.evaluation.outcomes import Outcomes
from recommender.evaluation.ranking import hits_of, top_k
from recommender.fitting.config import FitConfig
from recommender.fitting.models import FittedCut, fit_sources
from recommender.models import FittedModels, score_offers
from recommender.types import Int64Array

_SHARES = (0.25, 0.5)
_JUDGES = 300


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of the learning curve."""

    share_of_customers: float
    lines: int
    ndcg_at_10: float


def learning_curve(whole: FittedCut, outcomes: Outcomes, config: FitConfig) -> tuple[CurvePoint, ...]:
    """Return NDCG@10 on discoveries with a quarter, a half and all of the customers as teachers.

    The same customers are asked each time, with their whole histories, by the untuned blend.
    """
    now_s = whole.models.as_of_s
    rows = np.flatnonzero((whole.histories.orders > 0) & (outcomes.counts(owned=False) > 0))
    judges = np.sort(np.random.default_rng(config.seed).permutation(rows)[:_JUDGES])
    if len(judges) == 0:
        return ()
    customers = len(whole.purchases.customers)
    rank = np.random.default_rng(config.seed + 1).permutation(customers) / customers
    points, known = [], whole.purchases
    for share in _SHARES:
        teaching = (known.customer == GUEST) | (rank[known.customer] < share)
        some = fit_sources(known.where(teaching), config, now_s=now_s)
        points.append(CurvePoint(share, len(some.purchases), _ndcg(some.models, outcomes, whole, judges)))
    everything = _ndcg(whole.models, outcomes, whole, judges)
    return (*points, CurvePoint(1.0, len(whole.purchases), everything))


def _ndcg(
    models: FittedModels,
    outcomes: Outcomes,
    whole: FittedCut,
    judges: Int64Array,
) -> float:
    """Judge in the item space of ``whole``: an item unknown to a smaller model cannot be ranked by it."""
    now_s = whole.models.as_of_s
    to_whole = whole.models.index_of_number[models.items.numbers]
    histories = histories_of(_in_space(whole.purchases, models))
    hits, counts = [], []
    for row in judges.tolist():
        history = histories.history(row)
        best = top_k(score_offers(models, history, now_s), history.item, 10)
        ranked = np.where(best >= 0, to_whole[np.maximum(best, 0)], -1).astype(np.int32)
        found = outcomes.discoveries(row)
        hits.append(hits_of(ranked, found))
        counts.append(len(found))
    return float(np.nanmean(ndcg_at_k(np.array(hits), np.array(counts))))


def _in_space(purchases: Purchases, models: FittedModels) -> Purchases:
    index = models.index_of_number
    number = purchases.items.numbers
    mapped = np.where(number < len(index), index[np.minimum(number, len(index) - 1)], -1)
    item = mapped[purchases.item]
    kept = purchases.where(item >= 0)
    return replace(kept, item=item[item >= 0].astype(np.int32), items=models.items)
