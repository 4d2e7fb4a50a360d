"""Cosine between items of TF-IDF weighted purchases, by the package ``implicit``."""

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.implicit_neighbours import neighbours_of


def _fit(known: Known, setting: Setting) -> Fitted:
    from implicit.nearest_neighbours import TFIDFRecommender

    model = TFIDFRecommender(K=int(setting["neighbours"]))
    return neighbours_of(model, known)


PEER = Peer(
    "tfidf",
    "item-item TF-IDF",
    "Salton and Buckley 1988 weights; implicit",
    tuple({"neighbours": neighbours} for neighbours in (20, 50, 200, 1000)),
    _fit,
    effort=3,
)
