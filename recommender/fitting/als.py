"""Implicit ALS, fitted by ``implicit``, finished by our own row solver."""

import numpy as np
from scipy.sparse import csr_matrix

from recommender.data.holdings import Holdings
from recommender.data.matrix import recency_matrix
from recommender.fitting.config import AlsConfig
from recommender.models import AlsModel


def fit_als(
    holdings: Holdings, modelled: int, config: AlsConfig, seed: int, *, now_s: int, window_days: float
) -> AlsModel | None:
    """Return item factors, or ``None`` when there is too little to factorise or ``factors`` is 0.

    Customers only: a guest's single order is no taste. Users' factors are thrown away: whoever is asked about is
    folded in by the exact row solver, which is the half-step of training that would come next.

    Parameters
    ----------
    holdings
        Who bought what.
    modelled
        The first that many items are factorised.
    config, seed
        Settings; a seed gives the same bytes on the same machine.
    now_s, window_days
        End of the data, seconds since 1970; the window.
    """
    half_life_days = config.half_life * window_days
    weights = recency_matrix(holdings, now_s, half_life_days)[: holdings.n_customers, :modelled].tocsr()
    buying = int(np.count_nonzero(np.diff(weights.indptr)))
    factors = min(config.factors, modelled, buying)
    if factors < 1 or buying < config.min_customers or modelled < config.min_items:
        return None
    confidence = csr_matrix(
        (1.0 + config.alpha * weights.data, weights.indices, weights.indptr),
        shape=weights.shape,
        dtype=np.float32,
    )
    item_factors = _factorise(confidence, factors, config, seed)
    gram = item_factors.T.astype(np.float64) @ item_factors + config.regularization * np.eye(factors)
    return AlsModel(item_factors, gram.astype(np.float32), config.alpha, half_life_days)


def _factorise(
    confidence: csr_matrix, factors: int, config: AlsConfig, seed: int
) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        model = AlternatingLeastSquares(  # a fresh one: a second fit would go on from the old factors
            factors=factors,
            regularization=config.regularization,
            alpha=1.0,
            iterations=config.iterations,
            dtype=np.float32,
            random_state=seed,
        )
        model.fit(confidence, show_progress=False)
    return np.ascontiguousarray(model.item_factors, np.float32)
