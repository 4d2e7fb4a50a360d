"""Decayed personal frequency: own orders with the item, each worth half after a half-life."""

import numpy as np

from recommender.evaluation import Task
from recommender.types import SECONDS_PER_DAY
from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.own_counts import own_then_popular, weighted_lines

_FORGOTTEN = 100.0
"""Half-lives after which nothing counts less any more: smaller numbers are none to a float32."""


def _fit(known: Known, setting: Setting) -> Fitted:
    half_life_s = setting["half_life_windows"] * known.window_days * SECONDS_PER_DAY
    at_s = known.baskets.at_s[known.baskets.basket_of_line()]
    age = np.minimum((known.now_s - at_s) / half_life_s, _FORGOTTEN)
    return own_then_popular(known, weighted_lines(known, (2.0**-age).astype(np.float32)))


PEER = Peer(
    "decayed-frequency",
    "personal frequency, decayed",
    "own orders, each worth half after a half-life, filled by G-TopFreq; own",
    tuple({"half_life_windows": windows} for windows in (0.5, 1.5, 4.0, 12.0)),
    _fit,
    frozenset({Task.REPEAT, Task.BASKET}),
    effort=0.3,
)
