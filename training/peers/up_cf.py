"""UP-CF@r: recency-aware popularity within each customer, spread over similar customers."""

import numpy as np
from scipy.sparse import csr_matrix, diags

from recommender.types import Float32Array, Int64Array
from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.own_counts import weighted_lines

_BLOCK = 256


def _fit(known: Known, setting: Setting) -> Fitted:
    """Score ``sum over v of sim(u, v)^q pop_r(v, i)`` with the asymmetric cosine of what two customers bought."""
    wise = _user_wise_popularity(known, setting["recency"])
    bought = known.bought[: known.n_customers]
    size = np.maximum(np.diff(bought.indptr), 1).astype(np.float64)
    alpha = setting["alpha"]
    left = (diags(size**-alpha) @ bought).astype(np.float32).tocsr()
    right = (diags(size ** (alpha - 1.0)) @ bought).astype(np.float32).T.tocsr()
    by_item = wise.T.tocsr()
    mean = np.asarray(wise.mean(axis=0), np.float32).ravel()

    def scores(rows: Int64Array) -> Float32Array:
        answer = np.empty((len(rows), known.n_items), np.float32)
        for start in range(0, len(rows), _BLOCK):
            similar = (left[rows[start : start + _BLOCK]] @ right).toarray() ** setting["locality"]
            answer[start : start + _BLOCK] = (by_item @ np.ascontiguousarray(similar.T)).T
        return answer

    return Fitted(scores, stranger=mean)


def _user_wise_popularity(known: Known, recency: float) -> csr_matrix:
    """Return the share of a customer's last ``recency`` orders that hold the item."""
    baskets = known.baskets
    used = np.minimum(np.bincount(baskets.customer, minlength=known.n_customers), recency)[baskets.customer]
    weight = np.where(baskets.position_from_last() < recency, 1.0 / np.maximum(used, 1), 0.0)
    return weighted_lines(known, weight[baskets.basket_of_line()].astype(np.float32))


PEER = Peer(
    "up-cf",
    "UP-CF@r",
    "Faggioli, Polato, Aiolli 2020, Recency aware collaborative filtering for next basket recommendation; own",
    tuple(
        {"recency": recency, "alpha": 0.25, "locality": locality}
        for recency in (25, 1_000_000)
        for locality in (5, 25)
    ),
    _fit,
    effort=4,
)
