"""Popularity of late: buyers within the last part of a window, or the last windows."""

import numpy as np

from recommender.types import SECONDS_PER_DAY
from training.peers.contract import Fitted, Known, Peer, Setting, same_for_all


def _fit(known: Known, setting: Setting) -> Fitted:
    """Rank by distinct buyers of the horizon; all-time buyers order what nobody bought in it."""
    since_s = known.now_s - setting["windows"] * known.window_days * SECONDS_PER_DAY
    item = known.bought.indices
    lately = np.bincount(item[known.last_s >= since_s], minlength=known.n_items)
    ever = np.bincount(item, minlength=known.n_items)
    return same_for_all((lately + ever / (1.0 + ever.max(initial=0))).astype(np.float32))


PEER = Peer(
    "recent-popularity",
    "popularity, recent",
    "distinct buyers of a horizon (Ji et al. 2020, A re-visit of the popularity baseline); own",
    tuple({"windows": windows} for windows in (1 / 14, 1 / 4, 1.0, 4.0)),
    _fit,
    effort=0.2,
)
