"""Logistic matrix factorisation, by the package ``implicit``."""

from training.peers.contract import Fitted, Known, Peer, Setting, from_factors


def _fit(known: Known, setting: Setting) -> Fitted:
    from implicit.cpu.lmf import LogisticMatrixFactorization

    model = LogisticMatrixFactorization(
        factors=int(setting["factors"]),
        regularization=setting["regularization"],
        num_threads=1,
        random_state=known.seed,
    )
    model.fit(known.bought, show_progress=False)
    return from_factors(model.user_factors, model.item_factors)


PEER = Peer(
    "lmf",
    "implicit LMF",
    "Johnson 2014; implicit",
    tuple(
        {"factors": factors, "regularization": regularization}
        for factors in (8, 30)
        for regularization in (0.6, 5.0)
    ),
    _fit,
    effort=5,
)
