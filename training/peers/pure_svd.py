"""Truncated singular value decomposition (what RecTools adds to the methods above), by the package ``irspack``."""

import numpy as np

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.irspack_scores import learned, recommenders


def _fit(known: Known, setting: Setting) -> Fitted:
    bought = known.bought.astype(np.float64)
    return learned(
        recommenders.TruncatedSVDRecommender(
            bought, n_components=min(int(setting["factors"]), known.n_items - 1)
        )
    )


PEER = Peer(
    "puresvd",
    "PureSVD",
    "Cremonesi, Koren, Turrin 2010; irspack",
    tuple({"factors": factors} for factors in (16, 48, 128, 256)),
    _fit,
    effort=1,
)
