"""Cosine between items, by the package ``implicit``."""

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.implicit_neighbours import neighbours_of


def _fit(known: Known, setting: Setting) -> Fitted:
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=int(setting["neighbours"]))
    return neighbours_of(model, known)


PEER = Peer(
    "cosine",
    "item-item cosine",
    "Sarwar et al. 2001; implicit",
    tuple({"neighbours": neighbours} for neighbours in (20, 50, 200, 1000)),
    _fit,
    effort=3,
)
