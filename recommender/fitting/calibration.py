"""From a score to a probability: a monotone table of few knots."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.types import Float32Array, Float64Array

_PARTS = np.concatenate((np.linspace(0, 0.9, 19), 1 - 0.1 * 0.5 ** np.arange(0.5, 8, 0.5), [1.0]))
"""Where bins end, as quantiles: ever closer towards the top, because that is what gets ranked."""


def fit_calibration(score: NDArray[Any], outcome: NDArray[Any]) -> tuple[Float32Array, Float32Array]:
    """Return ``(knot_score, knot_probability)`` of an isotonic regression over quantile bins.

    Each pool of bins becomes one knot at its mean, and both ends lean a little outwards, so that between the lowest
    and the highest score no two scores share a probability: calibrating keeps the order.

    Parameters
    ----------
    score
        Higher means likelier, any scale, finite.
    outcome
        Whether it happened, 0 or 1, same length, at least one row.

    Returns
    -------
    tuple[Float32Array, Float32Array]
        Few knots; scores strictly ascend, probabilities never fall. A single knot is a constant.

    Examples
    --------
    >>> knots, probability = fit_calibration(np.array([1.0, 1.0, 2.0, 2.0]), np.array([0, 1, 1, 1]))
    >>> knots.tolist(), probability.tolist()
    ([1.0, 2.0], [0.5, 1.0])
    """
    from sklearn.isotonic import isotonic_regression

    value = np.asarray(score, np.float32).astype(np.float64)
    bucket = np.unique(np.searchsorted(np.unique(np.quantile(value, _PARTS)), value), return_inverse=True)[1]
    size = np.bincount(bucket).astype(np.float64)
    rate = np.bincount(bucket, weights=np.asarray(outcome, np.float64)) / size
    smooth = isotonic_regression(rate, sample_weight=size, y_min=0.0, y_max=1.0)
    pool = np.cumsum(np.diff(smooth, prepend=-1.0) > 0) - 1
    total = np.bincount(pool, weights=size)
    knots = np.bincount(pool, weights=np.bincount(bucket, weights=value)) / total
    probability = np.bincount(pool, weights=smooth * size) / total
    return _with_ends(knots, probability, float(value.min()), float(value.max()))


def _with_ends(
    knots: Float64Array, probability: Float64Array, lowest: float, highest: float
) -> tuple[Float32Array, Float32Array]:
    low, high = float(probability[0]), float(probability[-1])
    ends = np.array([[lowest, 0.9 * low], [highest, high + 0.1 * high * (1.0 - high)]])
    use = np.array([lowest < knots[0], highest > knots[-1]])
    table = np.concatenate((ends[:1][use[:1]], np.column_stack((knots, probability)), ends[1:][use[1:]]))
    knot_score, first = np.unique(table[:, 0].astype(np.float32), return_index=True)
    return knot_score, table[first, 1].astype(np.float32)


def expected_calibration_error(probability: NDArray[Any], outcome: NDArray[Any], bins: int = 20) -> float:
    """Return the mean distance between predicted and observed rates over bins of equal size (Naeini et al. 2015).

    Examples
    --------
    >>> expected_calibration_error(np.array([0.5, 0.5]), np.array([0, 1]), bins=1)
    0.0
    """
    if len(probability) == 0:
        return float("nan")
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(float(np.mean(probability[part]) - np.mean(outcome[part]))) for part in parts]
    return sum(gaps) / len(probability)
