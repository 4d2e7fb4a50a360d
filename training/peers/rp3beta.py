"""A random walk of three steps that holds popular items back, by the package ``irspack``."""

import numpy as np

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.irspack_scores import learned, recommenders


def _fit(known: Known, setting: Setting) -> Fitted:
    bought = known.bought.astype(np.float64)
    return learned(recommenders.RP3betaRecommender(bought, beta=setting["beta"], top_k=int(setting["top_k"])))


PEER = Peer(
    "rp3beta",
    "RP3beta",
    "Paudel et al. 2017; irspack",
    tuple({"beta": beta, "top_k": k} for beta in (0.3, 0.6) for k in (100, 1000)),
    _fit,
    effort=5,
)
