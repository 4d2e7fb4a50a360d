"""Bootstrap over customers, the same draws for every row: intervals, paired differences and ratios at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.evaluation.intervals import Interval
from recommender.types import Float32Array, Float64Array, Int64Array

ROUNDS = 1000
_BLOCK_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of customers at one cut.

    Attributes
    ----------
    who
        Customer of each value, ``int64 [n]``: the same number for the same customer at every cut.
    values
        One row per thing that is measured, ``float64 [rows, n]``; nan where a customer has no value.
    """

    who: Int64Array
    values: Float64Array


def replicates(
    samples: Sequence[Sample], n_customers: int, seed: int, rounds: int = ROUNDS
) -> tuple[Float64Array, Float64Array]:
    """Return means, and the same means over customers drawn with replacement.

    A round draws customers, not values: whoever judged at several cuts is drawn at all of them together, and every row
    is measured on the same draw, so differences and ratios of rows are paired.

    Parameters
    ----------
    samples
        One per cut, all with the same rows.
    n_customers
        More than any ``who``.
    seed
        Of the draws.
    rounds
        How many.

    Returns
    -------
    tuple[Float64Array, Float64Array]
        ``float64 [cuts, rows]`` and ``float64 [cuts, rows, rounds]``; nan without a value.

    Examples
    --------
    >>> sample = Sample(np.array([0, 1]), np.array([[1.0, 1.0], [0.0, np.nan]]))
    >>> mean, drawn = replicates([sample], 2, seed=1, rounds=4)
    >>> mean.tolist(), drawn[0, 0].tolist()
    ([[1.0, 0.0]], [1.0, 1.0, 1.0, 1.0])
    """
    rows = samples[0].values.shape[0] if samples else 0
    mean = np.empty((len(samples), rows))
    drawn = np.empty((len(samples), rows, rounds))
    filled = [np.nan_to_num(sample.values) for sample in samples]
    counted = [(~np.isnan(sample.values)).astype(np.float64) for sample in samples]
    for cut in range(len(samples)):
        mean[cut] = _over(filled[cut].sum(axis=1), counted[cut].sum(axis=1))
    for start, weight in _draws(n_customers, seed, rounds):
        stop = start + weight.shape[1]
        for cut, sample in enumerate(samples):
            mine = weight[sample.who]
            drawn[cut, :, start:stop] = _over(filled[cut] @ mine, counted[cut] @ mine)
    return mean, drawn


def interval_of(mean: float, drawn: Float64Array) -> Interval:
    """Return the 95 % percentile interval of a mean; rounds without a value are left out.

    Examples
    --------
    >>> interval_of(0.5, np.array([0.5, 0.5, np.nan]))
    Interval(mean=0.5, low=0.5, high=0.5)
    """
    known = drawn[~np.isnan(drawn)]
    if np.isnan(mean) or len(known) == 0:
        return Interval(np.nan, np.nan, np.nan)
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(float(mean), float(low), float(high))


def _draws(n_customers: int, seed: int, rounds: int) -> Iterator[tuple[int, Float32Array]]:
    """Yield how often each customer was drawn: Poisson(1), which is the multinomial but for a constant."""
    rng = np.random.default_rng(seed)
    block = max(1, min(rounds, _BLOCK_CELLS // max(1, n_customers)))
    for start in range(0, rounds, block):
        width = min(block, rounds - start)
        yield start, rng.poisson(1.0, (n_customers, width)).astype(np.float32)


def _over(value: Float64Array, count: Float64Array) -> Float64Array:
    return np.where(count > 0, value / np.where(count > 0, count, 1.0), np.nan)
