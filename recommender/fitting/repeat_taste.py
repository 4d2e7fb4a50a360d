"""Which owned items go together in the habits of all customers: a truncated decomposition, one short row per item."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recommender.data import Histories, Purchases
from recommender.models.repeat_facts import SLOW
from recommender.types import Float32Array, Float64Array, Int32Array, Int64Array

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LANES = 8
"""Rows are as long as a multiple of it, for the sake of who multiplies them."""

_EXPONENT = 0.6
"""A column is divided by its length to this power: what everybody buys says less about who is alike."""

_FLOOR = 0.3
"""No column counts as shorter than this quantile of all."""

_PIVOT = 4
"""The singular value at this part of all of them is passed by half."""


class Taste(NamedTuple):
    """Rows of the items, ``float32 [n, dimensions]``, and what each was scaled by, squared and inverted, ``[n]``."""

    rows: Float32Array
    pull: Float64Array

    @property
    def itself(self) -> Float64Array:
        """What one order of an item argues for itself, ``[n]``: nobody needs to be told."""
        squares: Float64Array = np.einsum("ij,ij->i", self.rows, self.rows, dtype=np.float64)
        return squares * self.pull


def fit_taste(known: Purchases, histories: Histories, dimensions: int, seed: int) -> Taste:
    """Return ``s V sqrt(f)`` of ``X = U S V'``, with ``f = S^2 / (S^2 + S_pivot^2)`` and ``s`` the scale of the columns.

    ``X`` holds ``log(1 + orders decayed by order)``, customers at length 1 and columns scaled. It stands for the second
    half of TIFU-KNN (Hu et al., SIGIR 2020), what customers with the same habits buy, and asks none of them. No rows
    where there are fewer than eight dimensions.
    """
    habits = _habits(known, histories)
    rank = min(dimensions, *(side - 1 for side in habits.shape)) // LANES * LANES
    if rank < LANES or habits.nnz == 0:
        return Taste(np.empty((habits.shape[1], 0), np.float32), np.zeros(habits.shape[1]))
    length = np.sqrt(np.asarray(habits.multiply(habits).sum(axis=0), np.float64).ravel())
    scale = np.maximum(length, np.quantile(length[length > 0], _FLOOR)) ** -_EXPONENT
    rows = _decomposed(habits.multiply(scale[None]).tocsr(), rank, seed)
    return Taste(np.ascontiguousarray(rows * scale[:, None], np.float32), scale**-2.0)


def _decomposed(habits: "csr_matrix", rank: int, seed: int) -> Float64Array:
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        _, singular, right = randomized_svd(habits.astype(np.float32), rank, n_iter=2, random_state=seed)
    pivot = max(float(singular[rank // _PIVOT]), 1e-12)
    rows: Float64Array = right.T * np.sqrt(singular**2 / (singular**2 + pivot**2))
    return rows


def _habits(known: Purchases, histories: Histories) -> "csr_matrix":
    """Return customers with a purchase x items, ``log(1 + sum over orders of 0.95 ^ later orders)``, rows of length 1."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    named = known.customer >= 0
    customer, order, item = known.customer[named], known.order[named], known.item[named]
    weight = SLOW ** _later_orders(customer, order, known.at_s[named])
    _, line = np.unique(order.astype(np.int64) * max(len(known.items), 1) + item, return_index=True)
    shape = (histories.holdings.n_customers, histories.holdings.n_items)
    habits = csr_matrix((weight[line], (customer[line], item[line])), shape=shape)
    known_ones = habits[np.diff(habits.indptr) > 0].log1p()
    return normalize(known_ones) if known_ones.shape[0] > 0 else known_ones


def _later_orders(customer: Int32Array, order: Int32Array, at_s: Int64Array) -> Int64Array:
    """Return how many orders of the same customer came after that of each line."""
    if len(order) == 0:
        return np.zeros(0, np.int64)
    _, first, of_line = np.unique(order, return_index=True, return_inverse=True)
    by_time = np.lexsort((order[first], at_s[first], customer[first]))
    end = np.cumsum(np.bincount(customer[first]))
    later = np.empty(len(first), np.int64)
    later[by_time] = end[customer[first][by_time]] - 1 - np.arange(len(first))
    return later[of_line]
