"""Ranking metrics, per customer. All are 0..1, binary gains, and nan for a customer without a positive.

``hits[c, r]`` says whether the item at rank ``r`` (from 0) of customer ``c`` was a positive; the number of columns
is ``k``. ``positives[c]`` is how many positives the customer has in all, ranked or not.
"""

import numpy as np

from recommender.types import BoolArray, Float32Array, Float64Array, Int32Array, Int64Array


def ndcg_at_k(hits: BoolArray, positives: Int64Array) -> Float64Array:
    """Return normalised discounted cumulative gain (Järvelin and Kekäläinen 2002).

    ``sum over hit ranks of 1 / log2(rank + 2)``, over the same sum of an ideal list with all positives first.

    Examples
    --------
    >>> ndcg_at_k(np.array([[True, False], [False, True]]), np.array([1, 1])).round(4).tolist()
    [1.0, 0.6309]
    """
    discount = 1.0 / np.log2(np.arange(hits.shape[1]) + 2.0)
    ideal = np.concatenate(([0.0], np.cumsum(discount)))[np.minimum(positives, hits.shape[1])]
    gain: Float64Array = np.asarray(hits @ discount, np.float64)
    return _over(gain, ideal)


def recall_at_k(hits: BoolArray, positives: Int64Array) -> Float64Array:
    """Return the share of the positives that were ranked.

    Examples
    --------
    >>> recall_at_k(np.array([[True, False]]), np.array([4])).tolist()
    [0.25]
    """
    return _over(hits.sum(axis=1).astype(np.float64), positives.astype(np.float64))


def map_at_k(hits: BoolArray, positives: Int64Array) -> Float64Array:
    """Return average precision: precision at each hit, summed, over ``min(positives, k)``.

    Examples
    --------
    >>> map_at_k(np.array([[True, False, True]]), np.array([2])).round(4).tolist()
    [0.8333]
    """
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _over((precision * hits).sum(axis=1), np.minimum(positives, hits.shape[1]).astype(np.float64))


def hit_rate_at_k(hits: BoolArray, positives: Int64Array) -> Float64Array:
    """Return 1 where anything ranked was a positive, else 0.

    Examples
    --------
    >>> hit_rate_at_k(np.array([[False, True], [False, False]]), np.array([1, 3])).tolist()
    [1.0, 0.0]
    """
    return _over(np.asarray(hits.any(axis=1), np.float64), np.minimum(positives, 1).astype(np.float64))


def coverage(ranked: Int32Array, n_items: int) -> float:
    """Return the share of the catalogue that anybody was shown; -1 in ``ranked`` is an empty place.

    Examples
    --------
    >>> coverage(np.array([[0, 1], [1, -1]], dtype=np.int32), n_items=4)
    0.5
    """
    return len(np.unique(ranked[ranked >= 0])) / n_items if n_items else 0.0


def novelty(ranked: Int32Array, popularity: Float32Array) -> float:
    """Return the mean self-information of what was shown, bits: ``-log2`` of the item's share of all buyers.

    Zhou et al. 2010. Items without a buyer count as one buyer.

    Examples
    --------
    >>> novelty(np.array([[0], [1]], dtype=np.int32), np.array([3.0, 1.0], dtype=np.float32)).__round__(4)
    1.2075
    """
    shown = ranked[ranked >= 0]
    share = np.maximum(popularity, 1.0) / max(float(popularity.sum()), 1.0)
    return float(-np.log2(np.minimum(share[shown], 1.0)).mean()) if len(shown) else 0.0


def _over(value: Float64Array, whole: Float64Array) -> Float64Array:
    return np.where(whole > 0, value / np.where(whole > 0, whole, 1.0), np.nan)
