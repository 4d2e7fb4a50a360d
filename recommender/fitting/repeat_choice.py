"""Which model of repeats is served: trees and regression, the regression alone, or decayed frequency."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.models.repeat_features import FEATURES
from recommender.types import BoolArray, Float32Array, Float64Array, Int64Array

BOTH, REGRESSION = "trees and regression", "regression"
FREQUENCIES = ("decayed_short", "decayed_window", "decayed_long", "orders")
"""Features that are a personal frequency, each with its own half-life: what a learned model must not lose to."""

K = 10


class Judged(NamedTuple):
    """Scores of the pairs of a window by every model, with pairs of a customer side by side."""

    indptr: Int64Array
    again: BoolArray
    scores: Mapping[str, Float32Array]


def frequency_scores(features: Float32Array) -> dict[str, Float32Array]:
    """Return the scores of the frequencies by name."""
    return {name: np.ascontiguousarray(features[:, FEATURES.index(name)]) for name in FREQUENCIES}


def choose_model(windows: Sequence[Judged]) -> str:
    """Return the model to serve: a learned one, or the frequency that beats it on the mean NDCG@10 of the windows.

    Trees and regression are kept together unless the regression alone leads them by two standard errors over all
    customers of all windows: a choice between two near equals is noise, and their mean is the safer one. Without a
    window nothing can be judged, and the regression is taken: it needs least data.

    Examples
    --------
    >>> scores = {name: np.array([1, 0], np.float32) for name in (REGRESSION, BOTH)}
    >>> scores["orders"] = np.array([0, 1], np.float32)
    >>> choose_model([Judged(np.array([0, 2]), np.array([False, True]), scores)])
    'orders'
    """
    means = mean_ndcg(windows)
    if not means:
        return REGRESSION
    learned = REGRESSION if _leads(windows, REGRESSION, BOTH) else BOTH
    frequency = max(FREQUENCIES, key=lambda name: means.get(name, -1.0))
    return frequency if means.get(frequency, -1.0) > means[learned] else learned


def _leads(windows: Sequence[Judged], name: str, other: str) -> bool:
    """Return whether a model leads another by two standard errors of the paired difference."""
    difference = np.concatenate(
        [
            pair_ndcg(one.indptr, one.again, one.scores[name], K)
            - pair_ndcg(one.indptr, one.again, one.scores[other], K)
            for one in windows
        ]
    )
    return float(difference.mean()) > 2.0 * float(difference.std()) / float(np.sqrt(len(difference)))


def mean_ndcg(windows: Sequence[Judged]) -> dict[str, float]:
    """Return the mean over windows of each model's NDCG@10 among what each customer owns; nothing without a repeat."""
    used = [window for window in windows if window.again.any()]
    if not used:
        return {}
    return {
        name: float(np.mean([pair_ndcg(one.indptr, one.again, one.scores[name], K).mean() for one in used]))
        for name in used[0].scores
    }


@njit(cache=True, nogil=True)
def pair_ndcg(indptr: Int64Array, again: BoolArray, score: Float32Array, k: int) -> Float64Array:
    """Return NDCG@k of each customer with a repeat, ranking their pairs by score; ties keep their order."""
    found = np.empty(indptr.size, np.float64)
    judged = 0
    for customer in range(indptr.size - 1):
        begin, end = indptr[customer], indptr[customer + 1]
        positives = again[begin:end].sum()
        if positives == 0:
            continue
        best = np.argsort(-score[begin:end], kind="mergesort")[:k]
        gain, ideal = 0.0, 0.0
        for place in range(best.size):
            discount = 1.0 / np.log2(place + 2.0)
            gain += discount if again[begin + best[place]] else 0.0
            ideal += discount if place < positives else 0.0
        found[judged] = gain / ideal
        judged += 1
    return found[:judged]
