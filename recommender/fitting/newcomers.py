"""What first orders hold, and whether newcomers of past windows bought that rather than what is popular."""

from collections.abc import Iterable

import numpy as np

from recommender.data import Histories
from recommender.data.holdings import Holdings
from recommender.data.weights import recency_weights
from recommender.evaluation import ndcg_at_k
from recommender.evaluation.outcomes import Outcomes
from recommender.evaluation.ranking import hits_of, top_k
from recommender.fitting.config import NewcomerConfig
from recommender.models import FittedModels, NewcomerModel, PopularityModel
from recommender.types import SECONDS_PER_DAY, Float32Array, Float64Array

_K = 10
_NOTHING = np.empty(0, np.int32)


def fit_newcomers(
    holdings: Holdings,
    popularity: PopularityModel,
    config: NewcomerConfig,
    *,
    now_s: int,
    window_days: float,
) -> NewcomerModel:
    """Return decayed buyers of every item whose first order had it; where there are few of them, popularity says more.

    Parameters
    ----------
    holdings
        Who bought what; every guest order is somebody's first.
    popularity
        Of all buyers; its shares weigh as much as ``config.prior`` lines of first orders.
    config
        Settings.
    now_s
        End of the data, seconds since 1970.
    window_days
        The window.
    """
    days = config.half_life * window_days
    bought_s = holdings.first_s.astype(np.int64)
    sizes = np.diff(holdings.indptr)
    came_s = np.zeros(holdings.n_rows, np.int64)
    came_s[sizes > 0] = np.minimum.reduceat(bought_s, holdings.indptr[:-1][sizes > 0]) if len(bought_s) else 0
    is_first = bought_s < np.repeat(came_s, sizes) + SECONDS_PER_DAY
    weight = recency_weights(bought_s[is_first], now_s, days)
    score = np.bincount(holdings.item[is_first], weight, holdings.n_items)
    row = int(np.argmin(np.abs(np.array(popularity.horizons_days) - days)))
    popular = popularity.score[row].astype(np.float64)
    score += config.prior * popular / max(float(popular.sum()), 1e-30)
    return NewcomerModel(score.astype(np.float32))


def newcomers_differ(
    windows: Iterable[tuple[FittedModels, Histories, Outcomes]], horizon: int, config: NewcomerConfig
) -> bool:
    """Whether newcomers of past windows bought what first orders hold rather than what was popular.

    Parameters
    ----------
    windows
        Models and histories from before each window, and what happened in it.
    horizon
        Row of the popularity that would serve them otherwise.
    config
        How many newcomers it takes to tell.
    """
    gains = [np.empty(0)]
    for models, histories, outcomes in windows:
        if models.newcomers is not None:
            popular = models.popularity.score[horizon]
            gains.append(
                _ndcg(models.newcomers.score, histories, outcomes) - _ndcg(popular, histories, outcomes)
            )
    found = np.concatenate(gains)
    return len(found) >= config.least and float(found.mean()) > 0


def _ndcg(score: Float32Array, histories: Histories, outcomes: Outcomes) -> Float64Array:
    """Return NDCG@10 of one list for every customer of a window who had not bought before."""
    best = top_k(score, _NOTHING, _K)
    rows = np.flatnonzero((histories.orders == 0) & (outcomes.counts(owned=False) > 0))
    positives = [outcomes.discoveries(row) for row in rows.tolist()]
    if not positives:
        return np.empty(0)
    hits = np.array([hits_of(best, mine) for mine in positives])
    return ndcg_at_k(hits, np.array([len(mine) for mine in positives], np.int64))
