"""The purchase matrix: one row per buyer, one column per item."""

import numpy as np
from scipy.sparse import csr_matrix

from recommender.data.holdings import Holdings
from recommender.data.weights import recency_weights
from recommender.types import Float32Array


def recency_matrix(holdings: Holdings, now_s: int, half_life_days: float) -> csr_matrix:
    """Return buyers x items, each pair weighted by the age of its last purchase.

    Parameters
    ----------
    holdings
        Pairs of buyer and item.
    now_s
        The present, seconds since 1970.
    half_life_days
        A purchase that old counts half.

    Returns
    -------
    csr_matrix
        ``float32 [rows, n]``, values 0..1, sorted indices. (``csr_matrix``: implicit refuses ``csr_array``.)
    """
    weight = recency_weights(holdings.last_s.astype(np.int64), now_s, half_life_days)
    return _csr(holdings, weight)


def purchase_matrix(holdings: Holdings) -> csr_matrix:
    """Return buyers x items with 1 where something was bought, ``float32 [rows, n]``."""
    return _csr(holdings, np.ones(len(holdings.item), np.float32))


def _csr(holdings: Holdings, weight: Float32Array) -> csr_matrix:
    shape = (holdings.n_rows, holdings.n_items)
    return csr_matrix((weight, holdings.item, holdings.indptr), shape=shape)
