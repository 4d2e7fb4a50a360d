"""The linear autoencoder of a small catalogue, solved exactly: every weight is kept, also those that speak against an item."""

import numpy as np
from scipy.sparse import csr_matrix

from recommender.models import ItemItemModel
from recommender.types import Float64Array


def solved(weights: csr_matrix, n_items: int, pivot: int) -> ItemItemModel:
    """Return EASE (Steck 2019): ``-P_ij / P_jj`` with ``P = (X'X + l2 I)^-1``, and nothing explains itself.

    Where customers hold a good part of everything, what is left to discover is told as much by what does not go together as
    by what does, and forty neighbours of each item are too few. ``l2`` is the eigenvalue of ``X'X`` at the rank ``pivot``, or
    the mean of them all where that is more.

    Parameters
    ----------
    weights
        Customers x items, ``X``; a dense matrix of items x items is made.
    n_items
        Rows of the result, at least the items of ``weights``; the rest is empty.
    pivot
        From 1.

    Examples
    --------
    >>> likes = csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 0, 1]], np.float32))
    >>> model = solved(likes, 3, 1)
    >>> model.neighbours_of(1)[0].tolist(), np.sign(model.neighbours_of(1)[1]).tolist()
    ([0, 2], [1.0, -1.0])
    """
    gram = np.asarray((weights.T @ weights).todense(), np.float64)
    full = _without_itself(_inverse(gram, pivot))
    order = np.argsort(-full, axis=1, kind="stable")
    weight = np.take_along_axis(full, order, axis=1)
    said = weight != 0.0
    counts = np.concatenate(([0], said.sum(axis=1), np.zeros(n_items - len(gram), np.int64)))
    return ItemItemModel(
        np.cumsum(counts).astype(np.int64), order[said].astype(np.int32), weight[said].astype(np.float32)
    )


def _inverse(gram: Float64Array, pivot: int) -> Float64Array:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        values = np.linalg.eigvalsh(gram)
        l2 = max(float(values[-min(pivot, len(values))]), float(values.mean()), 1e-6)
        return np.asarray(np.linalg.inv(gram + l2 * np.eye(len(gram))), np.float64)


def _without_itself(inverse: Float64Array) -> Float64Array:
    full: Float64Array = -inverse / np.diag(inverse)
    np.fill_diagonal(full, 0.0)
    return full
