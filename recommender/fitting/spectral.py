"""A linear autoencoder of recency-weighted purchases, in few dimensions, kept as neighbours of each item."""

import numpy as np

from recommender.data.holdings import Holdings
from recommender.data.matrix import recency_matrix
from recommender.fitting.closed_form import solved
from recommender.fitting.config import SpectralConfig
from recommender.fitting.neighbours import largest_of_rows
from recommender.models import ItemItemModel
from recommender.types import Float32Array, Float64Array


def fit_spectral(
    holdings: Holdings, modelled: int, config: SpectralConfig, seed: int, *, now_s: int, half_life_days: float
) -> ItemItemModel | None:
    """Return the largest weights of ``W = V f V'`` with ``f = s^2 / (s^2 + s_r^2)``.

    ``X = U s V'`` holds purchases weighted by recency, ``D / max(|D_j|, floor)^exponent``, so that what sells
    everywhere explains less. Ridge regression of ``X`` on itself (EASE without the zero diagonal, Steck 2019) has
    this form; the randomised decomposition (Halko et al. 2011) needs no inverse and no item-by-item matrix. The
    column scale is part of a row's weights: ``score_i = sum over bought j of D_uj W_ji / scale_j``.

    A catalogue of at most ``config.solved`` items is solved exactly instead (:func:`recommender.fitting.closed_form.solved`).

    Parameters
    ----------
    holdings
        Who bought what.
    modelled
        The first that many items can be neighbours; ``config.most_modelled`` at most.
    config, seed
        Settings.
    now_s, half_life_days
        End of the data, seconds since 1970; half-life of a purchase.
    """
    size = min(modelled, config.most_modelled)
    weights = recency_matrix(holdings, now_s, half_life_days)[: holdings.n_customers, :size]
    rank = min(config.dimensions, size - 1, int(np.count_nonzero(np.diff(weights.indptr))) - 1)
    if rank < 2:
        return None
    if size <= config.solved:
        return solved(weights, holdings.n_items, config.solved_pivot)
    squares = np.asarray(weights.multiply(weights).sum(axis=0), np.float64).ravel()
    scale = np.maximum(np.sqrt(squares), config.floor) ** -config.exponent
    right, filtered = _decomposed(weights @ _diagonal(scale), rank, config, seed)
    neighbours = largest_of_rows(right * filtered, right, holdings.n_items, config.neighbours)
    row = np.repeat(np.arange(holdings.n_items), np.diff(neighbours.indptr))
    scaled = neighbours.weight * np.concatenate((scale, np.zeros(holdings.n_items - size)))[row]
    return ItemItemModel(neighbours.indptr, neighbours.neighbour, scaled.astype(np.float32))


def _diagonal(values: Float64Array) -> "object":
    from scipy.sparse import diags

    return diags(values.astype(np.float32))


def _decomposed(
    weights: "object", rank: int, config: SpectralConfig, seed: int
) -> tuple[Float32Array, Float32Array]:
    """Return ``V``, ``float32 [items, rank]``, and the filter."""
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        _, singular, right = randomized_svd(weights, rank, n_iter=config.iterations, random_state=seed)
    pivot = singular[min(config.pivot, rank) - 1]
    filtered = singular**2 / np.maximum(singular**2 + pivot**2, 1e-12)
    return np.ascontiguousarray(right.T, np.float32), filtered.astype(np.float32)
