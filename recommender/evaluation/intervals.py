"""How sure a mean over customers is, and whether two rankings differ."""

from dataclasses import dataclass

import numpy as np

from recommender.types import Float64Array


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % bootstrap interval; all nan when there was nobody to average."""

    mean: float
    low: float
    high: float


def bootstrap_interval(values: Float64Array, rng: np.random.Generator, rounds: int = 1000) -> Interval:
    """Return the percentile bootstrap interval of a mean; nan values are left out.

    Examples
    --------
    >>> bootstrap_interval(np.array([0.5, 0.5, np.nan]), np.random.default_rng(0))
    Interval(mean=0.5, low=0.5, high=0.5)
    """
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Interval(np.nan, np.nan, np.nan)
    draws = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=rounds)
    low, high = np.quantile(draws @ known / len(known), (0.025, 0.975))
    return Interval(float(known.mean()), float(low), float(high))


def paired_difference(
    ours: Float64Array, theirs: Float64Array, rng: np.random.Generator, rounds: int = 1000
) -> Interval:
    """Return the interval of the mean difference over the same customers: resampled in pairs.

    Examples
    --------
    >>> paired_difference(np.array([0.3, 0.5]), np.array([0.1, 0.3]), np.random.default_rng(0)).mean.__round__(2)
    0.2
    """
    return bootstrap_interval(ours - theirs, rng, rounds)
