"""When a customer will buy an item again."""

from dataclasses import dataclass, field

import numpy as np

from recommender.models.arrays import Arrays, read_only
from recommender.models.repeat_kernels import FEATURES, HAZARD_SHAPE, RepeatTables
from recommender.types import SECONDS_PER_DAY, Float32Array


@dataclass(frozen=True, slots=True)
class ReplenishmentModel:
    """P(bought again within the window) from elapsed time, gaps, counts and the item's own habit.

    A logistic regression over :data:`recommender.models.repeat_kernels.FEATURES`, then a monotone table.

    Attributes
    ----------
    gap_days
        Expected days between two purchases of each item by one customer, ``float32 [n]``, > 0.
    rate
        Log-odds that an owner buys the item again within a window, ``float32 [n]``.
    hazard
        Log-odds of the same by count and by elapsed time over the expected gap, ``float32 [counts, ratios]``.
    hinges
        Knots of a piecewise linear term per feature, ``float32 [f, knots]``.
    coefficients
        Intercept, one slope per feature, then one per hinge, ``float32 [1 + f + f x knots]``.
    knot_score, knot_probability
        Calibration of the log-odds, ``float32 [c]``, both ascending.
    gap_prior
        How many of a customer's own gaps the item's gap is worth, > 0.
    window_days
        The window that the probability speaks about.
    """

    gap_days: Float32Array
    rate: Float32Array
    hazard: Float32Array
    hinges: Float32Array
    coefficients: Float32Array
    knot_score: Float32Array
    knot_probability: Float32Array
    gap_prior: float
    window_days: float
    tables: RepeatTables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        constants = np.array([self.window_days * SECONDS_PER_DAY, self.gap_prior], np.float64)
        tables = RepeatTables(
            gap_days=read_only(self.gap_days),
            rate=read_only(self.rate),
            hazard=read_only(self.hazard),
            hinges=read_only(self.hinges),
            coefficients=read_only(self.coefficients),
            knot_score=read_only(self.knot_score),
            knot_probability=read_only(self.knot_probability),
            constants=read_only(constants),
        )
        object.__setattr__(self, "tables", tables)

    @classmethod
    def neutral(cls, n_items: int, gap_days: float = 30.0, window_days: float = 28.0) -> "ReplenishmentModel":
        """Return the model that knows one gap for every item: the hazard alone decides, and it is flat."""
        coefficients = np.zeros(1 + len(FEATURES), np.float32)
        coefficients[1 + FEATURES.index("hazard")] = 1.0
        coefficients[1 + FEATURES.index("decayed_window")] = 1.0
        return cls(
            gap_days=np.full(n_items, gap_days, np.float32),
            rate=np.zeros(n_items, np.float32),
            hazard=np.full(HAZARD_SHAPE, -2.0, np.float32),
            hinges=np.empty((len(FEATURES), 0), np.float32),
            coefficients=coefficients,
            knot_score=np.array([-8.0, 0.0, 8.0], np.float32),
            knot_probability=np.array([0.0, 0.25, 0.5], np.float32),
            gap_prior=2.0,
            window_days=window_days,
        )

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {
            "gap_days": self.gap_days,
            "rate": self.rate,
            "hazard": self.hazard,
            "hinges": self.hinges,
            "coefficients": self.coefficients,
            "knot_score": self.knot_score,
            "knot_probability": self.knot_probability,
            "constants": np.array([self.gap_prior, self.window_days], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "ReplenishmentModel":
        """Rebuild the model from its arrays."""
        return cls(
            gap_days=arrays["gap_days"],
            rate=arrays["rate"],
            hazard=arrays["hazard"],
            hinges=arrays["hinges"],
            coefficients=arrays["coefficients"],
            knot_score=arrays["knot_score"],
            knot_probability=arrays["knot_probability"],
            gap_prior=float(arrays["constants"][0]),
            window_days=float(arrays["constants"][1]),
        )
