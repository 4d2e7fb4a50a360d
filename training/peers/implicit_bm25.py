"""Item to item on BM25 weighted purchases, by the package ``implicit``."""

from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.implicit_neighbours import neighbours_of


def _fit(known: Known, setting: Setting) -> Fitted:
    from implicit.nearest_neighbours import BM25Recommender

    model = BM25Recommender(K=int(setting["neighbours"]), K1=setting["k1"], B=setting["b"])
    return neighbours_of(model, known)


PEER = Peer(
    "bm25",
    "item-item BM25",
    "Robertson and Zaragoza 2009 weights; implicit",
    tuple(
        {"neighbours": neighbours, "k1": k1, "b": b}
        for neighbours, k1, b in ((50, 1.2, 0.75), (200, 1.2, 0.2), (1000, 1.2, 0.75), (1000, 100, 0.8))
    ),
    _fit,
    effort=5,
)
