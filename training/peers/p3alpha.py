"""A random walk of three steps, by the package ``irspack``."""

import numpy as np

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.irspack_scores import learned, recommenders


def _fit(known: Known, setting: Setting) -> Fitted:
    bought = known.bought.astype(np.float64)
    return learned(
        recommenders.P3alphaRecommender(
            bought, top_k=int(setting["top_k"]), normalize_weight=bool(setting["normalize"])
        )
    )


PEER = Peer(
    "p3alpha",
    "P3alpha",
    "Cooper et al. 2014; irspack",
    tuple({"top_k": k, "normalize": normal} for k in (100, 1000) for normal in (0, 1)),
    _fit,
    effort=5,
)
