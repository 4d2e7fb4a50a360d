"""How the sources of product offers are mixed, and what a mixed score means."""

import enum
from dataclasses import dataclass

import numpy as np

from recommender.models.arrays import Arrays
from recommender.types import BoolArray, Float32Array


class Source(enum.IntEnum):
    """Where a score comes from; the position of its weight in a blend."""

    POPULARITY = 0
    ITEM_ITEM = 1
    LATELY = 2
    NEWLY = 3
    ALS = 4
    SPECTRAL = 5
    CONTENT = 6


ELAPSED_WINDOWS = np.array([0.125, 0.25, 0.5, 1.0, 2.0, 4.0], np.float32)
"""Upper bounds of the buckets of time since the last order, in windows; one more bucket follows."""

ORDER_COUNTS = np.array([1, 2, 4, 8], np.int64)
"""Upper bounds of the buckets of order counts; one more bucket follows."""

ACTIVITY_SHAPE = (len(ORDER_COUNTS) + 1, len(ELAPSED_WINDOWS) + 1)


@dataclass(frozen=True, slots=True)
class Blend:
    """Weights over sources, each divided by the customer's best unowned item, and what the sum means.

    The score of an item is ``activity x sum over sources of weight x source / best``, where the activity is one
    number per customer: it moves the level, which is a probability, and never the order.

    Attributes
    ----------
    weights
        ``float32 [7]`` by :class:`Source`, >= 0, adding up to 1.
    horizon
        Row of the popularity model that is blended.
    knot_score, knot_probability
        Calibration as a piecewise linear function, ``float32 [c]``, ``c >= 1``, scores ascending.
    lifted
        Sources that are multiplied by the square root of recent popularity, ``bool [7]``.
    activity
        P(a customer buys something new within the window), ``float32 [orders bucket, elapsed bucket]``.
    half_life_days
        Half-life of a purchase's say in the item-to-item sources, days.
    """

    weights: Float32Array
    horizon: int
    knot_score: Float32Array
    knot_probability: Float32Array
    lifted: BoolArray
    activity: Float32Array
    half_life_days: float

    @classmethod
    def neutral(cls, horizon: int = 0, half_life_days: float = 28.0) -> "Blend":
        """Return equal weights, everybody equally active, and the identity as calibration."""
        knots = np.array([0.0, 1.0], np.float32)
        return cls(
            weights=np.full(len(Source), 1 / len(Source), np.float32),
            horizon=horizon,
            knot_score=knots,
            knot_probability=knots,
            lifted=np.zeros(len(Source), np.bool_),
            activity=np.ones(ACTIVITY_SHAPE, np.float32),
            half_life_days=half_life_days,
        )

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {
            "weights": self.weights,
            "horizon": np.array([self.horizon], np.int64),
            "knot_score": self.knot_score,
            "knot_probability": self.knot_probability,
            "lifted": self.lifted,
            "activity": self.activity,
            "half_life_days": np.array([self.half_life_days], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Blend":
        """Rebuild the blend from its arrays."""
        return cls(
            weights=arrays["weights"],
            horizon=int(arrays["horizon"][0]),
            knot_score=arrays["knot_score"],
            knot_probability=arrays["knot_probability"],
            lifted=arrays["lifted"],
            activity=arrays["activity"],
            half_life_days=float(arrays["half_life_days"][0]),
        )
