"""Popularity of all time: everybody is shown what most customers ever bought."""

import numpy as np

from training.peers.contract import Fitted, Known, Peer, Setting, same_for_all


def _fit(known: Known, _setting: Setting) -> Fitted:
    return same_for_all(np.bincount(known.bought.indices, minlength=known.n_items).astype(np.float32))


PEER = Peer("popularity", "popularity, all time", "distinct buyers; own", ({},), _fit, effort=0.2)
