"""Popularity: distinct buyers, each as old as their last purchase of the item."""

import math

import numpy as np

from recommender.data.holdings import Holdings
from recommender.data.weights import recency_weights
from recommender.fitting.config import PopularityConfig
from recommender.models import PopularityModel

_NOTHING = 1e-30
"""Less than this is none: arithmetic with numbers that are nearly too small for their type is a hundred times slower."""


def fit_popularity(
    holdings: Holdings, config: PopularityConfig, *, now_s: int, window_days: float
) -> PopularityModel:
    """Return decayed distinct buyers of every item, ``sum over buyers of 2^(-age / half-life)``.

    Parameters
    ----------
    holdings
        Who bought what; every guest order is a buyer.
    config
        Half-lives, in windows.
    now_s
        End of the data, seconds since 1970.
    window_days
        The window.
    """
    days = tuple(horizon * window_days for horizon in config.horizons)
    at_s = holdings.last_s.astype(np.int64)
    score = np.empty((len(days), holdings.n_items), np.float32)
    for row, half_life_days in enumerate(days):
        endless = math.isinf(half_life_days)
        weight = None if endless else recency_weights(at_s, now_s, half_life_days)
        score[row] = np.bincount(holdings.item, weights=weight, minlength=holdings.n_items)
    score[score < _NOTHING] = 0.0
    return PopularityModel(days, score, min(config.lift_row, len(days) - 1))
