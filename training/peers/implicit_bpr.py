"""Bayesian personalised ranking, by the package ``implicit``."""

from training.peers.contract import Fitted, Known, Peer, Setting, from_factors


def _fit(known: Known, setting: Setting) -> Fitted:
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        factors=int(setting["factors"]),
        learning_rate=setting["learning_rate"],
        iterations=int(setting["iterations"]),
        num_threads=1,
        random_state=known.seed,
    )
    model.fit(known.bought, show_progress=False)
    return from_factors(model.user_factors, model.item_factors)


PEER = Peer(
    "bpr",
    "implicit BPR",
    "Rendle et al. 2009; implicit",
    tuple(
        {"factors": factors, "learning_rate": rate, "iterations": 60}
        for factors in (16, 64)
        for rate in (0.01, 0.05)
    ),
    _fit,
    effort=12,
)
