"""Implicit alternating least squares, by the package ``implicit``."""

from threadpoolctl import threadpool_limits

from training.peers.contract import Fitted, Known, Peer, Setting, from_factors


def _fit(known: Known, setting: Setting) -> Fitted:
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=int(setting["factors"]),
        alpha=setting["alpha"],
        regularization=setting["regularization"],
        random_state=known.seed,
    )
    with threadpool_limits(limits=1, user_api="blas"):
        model.fit(known.bought, show_progress=False)
    return from_factors(model.user_factors, model.item_factors)


PEER = Peer(
    "als",
    "implicit ALS",
    "Hu, Koren, Volinsky 2008; implicit",
    tuple(
        {"factors": factors, "alpha": alpha, "regularization": regularization}
        for factors, alpha, regularization in ((32, 1, 0.01), (128, 1, 0.01), (32, 10, 1.0), (128, 10, 1.0))
    ),
    _fit,
    effort=6,
)
