"""EASE: the closed form of a linear autoencoder with a zero diagonal. Its matrix is dense: best-sold items only."""

import numpy as np
from scipy.linalg import lapack

from recommender.types import Float32Array, Int64Array
from training.peers.contract import Fitted, Known, Peer, Setting

MOST_ITEMS = 10_000
"""The inverse takes n x n numbers and n^3 steps: beyond this many items the best-sold ones are modelled."""


def _fit(known: Known, setting: Setting) -> Fitted:
    n = min(known.n_items, MOST_ITEMS)
    bought = known.bought[:, :n]
    weights = _weights((bought.T @ bought).toarray(order="F").astype(np.float32), setting["l2"])

    def scores(rows: Int64Array) -> Float32Array:
        answer = np.zeros((len(rows), known.n_items), np.float32)
        answer[:, :n] = bought[rows] @ weights
        if n < known.n_items:
            answer[:, n:] = answer[:, :n].min(axis=1, keepdims=True)
        return answer

    return Fitted(scores)


def _weights(gram: Float32Array, l2: float) -> Float32Array:
    """Return ``B = I - P / diag(P)`` with ``P = (G + l2 I)^-1`` (equation 8), zero on the diagonal."""
    at = np.diag_indices_from(gram)
    gram[at] += l2
    factor, _ = lapack.spotrf(gram, lower=1, overwrite_a=1)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(inverse)
    inverse += np.tril(inverse, -1).T
    weights: Float32Array = -inverse / inverse[at]
    weights[at] = 0.0
    return weights


PEER = Peer(
    "ease",
    "EASE",
    "Steck 2019, Embarrassingly shallow autoencoders; own, from the paper",
    tuple({"l2": l2} for l2 in (50.0, 200.0, 800.0, 3200.0)),
    _fit,
    effort=5,
)
