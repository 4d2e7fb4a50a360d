"""TIFU-KNN: personal item frequencies with two decays, mixed with those of the nearest customers."""

import numpy as np
from scipy.sparse import csr_matrix

from recommender.types import Float32Array, Float64Array, Int64Array
from training.peers.contract import Fitted, Known, Peer, Setting
from training.peers.own_counts import weighted_lines

_BLOCK = 256


def _fit(known: Known, setting: Setting) -> Fitted:
    users = weighted_lines(known, _line_weights(known, setting))
    square = np.asarray(users.multiply(users).sum(axis=1)).ravel()
    alpha, k = setting["alpha"], min(int(setting["neighbours"]), known.n_customers)
    by_item = users.T.tocsr()
    mean = np.asarray(users.mean(axis=0), np.float32).ravel()

    def scores(rows: Int64Array) -> Float32Array:
        answer = np.empty((len(rows), known.n_items), np.float32)
        for start in range(0, len(rows), _BLOCK):
            mine = users[rows[start : start + _BLOCK]]
            near = by_item @ _nearest(mine, by_item, square, k).T
            answer[start : start + _BLOCK] = alpha * mine.toarray() + (1 - alpha) / k * near.T
        return answer

    return Fitted(scores, stranger=mean)


def _line_weights(known: Known, setting: Setting) -> Float32Array:
    """Return the weight of each order's items: decayed within groups of ``m`` orders and over the groups.

    Groups are cut from the latest order backwards, so only the oldest one may be short (section 3.3 of the paper).
    """
    baskets, m = known.baskets, int(setting["group"])
    from_last = baskets.position_from_last()
    count = np.bincount(baskets.customer, minlength=known.n_customers)[baskets.customer]
    groups = -(-count // m)
    group = from_last // m
    size = np.where(group == groups - 1, count - group * m, m)
    within = setting["within_decay"] ** (from_last % m) / size
    weight = within * setting["group_decay"] ** group / groups
    lines: Float32Array = weight[baskets.basket_of_line()].astype(np.float32)
    return lines


def _nearest(mine: csr_matrix, by_item: csr_matrix, square: Float64Array, k: int) -> Float32Array:
    """Return 1 at the ``k`` customers of least Euclidean distance, 0 elsewhere, ``float32 [rows, customers]``."""
    distance = square - 2.0 * (mine @ by_item).toarray()
    near = np.argpartition(distance, k - 1, axis=1)[:, :k]
    chosen = np.zeros(distance.shape, np.float32)
    np.put_along_axis(chosen, near, 1.0, axis=1)
    return chosen


PEER = Peer(
    "tifu-knn",
    "TIFU-KNN",
    "Hu et al. 2020, Modeling personalized item frequency information; own; three settings of the paper, and groups of one order",
    tuple(
        {"neighbours": k, "group": m, "within_decay": within, "group_decay": over, "alpha": alpha}
        for k, m, within, over, alpha in (
            (300, 7, 0.9, 0.7, 0.7),  # Ta-Feng
            (900, 3, 0.9, 0.6, 0.2),  # Dunnhumby
            (300, 7, 1.0, 0.6, 0.7),  # ValuedShopper
            (100, 1, 1.0, 0.8, 0.2),  # few orders per customer: each is a group
        )
    ),
    _fit,
    effort=4,
)
