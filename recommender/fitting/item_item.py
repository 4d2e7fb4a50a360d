"""Item to item, three ways: bought together, and what buyers of an item took up of late."""

import numpy as np
from scipy.sparse import csr_matrix, diags

from recommender.data.holdings import Holdings
from recommender.data.matrix import recency_matrix
from recommender.data.weights import recency_weights
from recommender.fitting.config import ItemItemConfig
from recommender.fitting.neighbours import truncated_product
from recommender.models import ItemItemModel

FAINT = 2.0**-6
"""Purchases that weigh less (six half-lives ago) are left out: they could not move a rank, and they are many."""


def modelled_items(holdings: Holdings, config: ItemItemConfig) -> int:
    """Return how many items are modelled: the first that many, because items are sorted by buyers."""
    buyers = np.bincount(holdings.item, minlength=holdings.n_items)
    enough = int(np.count_nonzero(buyers >= config.min_buyers))
    return min(max(enough, config.always_modelled), config.most_modelled, holdings.n_items)


def fit_item_item(
    holdings: Holdings, config: ItemItemConfig, *, now_s: int, window_days: float
) -> ItemItemModel:
    """Return the cosine of recency-weighted purchases.

    ``w(i, j) = sum over buyers of D_ui D_uj / (|D_i| |D_j|)`` with ``D = 2^(-age / half-life)``. Customers count
    with their whole history, guests with one order.
    """
    weights = _modelled(recency_matrix(holdings, now_s, config.half_life * window_days), holdings, config)
    scaled = weights @ diags(_inverse(_norms(weights, axis=0)))
    return truncated_product(scaled, scaled, holdings.n_items, config.neighbours)


def fit_taken_up(
    holdings: Holdings, config: ItemItemConfig, half_life: float, *, now_s: int, window_days: float
) -> ItemItemModel:
    """Return what buyers of each item bought for the first time of late.

    ``w(i, j) = sum over buyers of D_ui / |D_u| x 2^(-age of the first purchase of j / half-life)``: with the
    customer's own ``D`` in front it is the neighbours' recent discoveries, each neighbour weighted by the cosine,
    and yet no neighbour has to be stored.

    Parameters
    ----------
    holdings, config, now_s, window_days
        As in :func:`fit_item_item`.
    half_life
        Of a first purchase, in windows.
    """
    weights = _modelled(recency_matrix(holdings, now_s, config.half_life * window_days), holdings, config)
    left = diags(_inverse(_norms(weights, axis=1))) @ weights
    first = recency_weights(holdings.first_s.astype(np.int64), now_s, half_life * window_days)
    fresh = first > FAINT
    shape = (holdings.n_rows, holdings.n_items)
    taken_up = csr_matrix((first[fresh], (holdings.row_of_pair()[fresh], holdings.item[fresh])), shape=shape)
    return truncated_product(
        left.tocsr(), _modelled(taken_up, holdings, config), holdings.n_items, config.neighbours
    )


def _modelled(matrix: csr_matrix, holdings: Holdings, config: ItemItemConfig) -> csr_matrix:
    kept = matrix[:, : modelled_items(holdings, config)].tocsr()
    kept.data[kept.data < FAINT] = 0.0
    kept.eliminate_zeros()
    return kept


def _norms(matrix: csr_matrix, axis: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    squares = matrix.multiply(matrix).sum(axis=axis)
    return np.sqrt(np.asarray(squares, np.float64).ravel())


def _inverse(
    norm: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.where(norm > 0, 1.0 / np.maximum(norm, 1e-12), 0.0).astype(np.float32)
