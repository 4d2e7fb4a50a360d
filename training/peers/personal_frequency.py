"""Personal frequency: what the customer bought in most orders, then what everybody buys."""

from recommender.evaluation import Task
from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.own_counts import own_then_popular


def _fit(known: Known, _setting: Setting) -> Fitted:
    return own_then_popular(known, known.orders)


PEER = Peer(
    "frequency",
    "personal frequency",
    "P-TopFreq, filled by G-TopFreq (Li et al. 2023, A next basket recommendation reality check); own",
    ({},),
    _fit,
    frozenset({Task.REPEAT, Task.BASKET}),
    effort=0.2,
)
