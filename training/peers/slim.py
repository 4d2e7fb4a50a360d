"""Sparse linear methods, by the package ``irspack``."""

import numpy as np

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.irspack_scores import learned, recommenders


def _fit(known: Known, setting: Setting) -> Fitted:
    bought = known.bought.astype(np.float64)
    # One thread: several add up in the order in which they come, and the scores differ from run to run.
    model = recommenders.SLIMRecommender(
        bought, alpha=setting["alpha"], l1_ratio=setting["l1_ratio"], n_threads=1
    )
    return learned(model)


PEER = Peer(
    "slim",
    "SLIM",
    "Ning and Karypis 2011; irspack",
    tuple({"alpha": alpha, "l1_ratio": ratio} for alpha in (0.05, 0.2) for ratio in (0.05, 0.2)),
    _fit,
    effort=20,
)
