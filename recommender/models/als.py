"""Implicit alternating least squares: item factors, and customers folded in."""

from dataclasses import dataclass

import numpy as np

from recommender.models.arrays import Arrays
from recommender.models.row_solver import solve_row
from recommender.types import Float32Array, Int32Array


@dataclass(frozen=True, slots=True)
class AlsModel:
    """Item factors of an implicit matrix factorisation.

    Attributes
    ----------
    item_factors
        ``float32 [m, f]``, C order: a fold-in gathers whole rows. Items ``m..n`` of the bundle were too rare to model
        and score 0.
    gram
        ``Y'Y + regularization I``, ``float32 [f, f]``.
    alpha
        A purchase with recency weight ``d`` (0..1) has confidence ``1 + alpha d``.
    half_life_days
        Half-life of the recency weight, days.
    by_dimension
        The factors transposed, ``float32 [f, m]``, C order: a scan walks one dimension over all items. Stored beside
        them, so that mapping a bundle copies nothing; derived when absent.
    """

    item_factors: Float32Array
    gram: Float32Array
    alpha: float
    half_life_days: float
    by_dimension: Float32Array | None = None

    def __post_init__(self) -> None:
        if self.by_dimension is None:
            object.__setattr__(self, "by_dimension", np.ascontiguousarray(self.item_factors.T))

    def fold_in(self, item: Int32Array, confidence: Float32Array) -> Float32Array:
        """Return the factors of a customer who bought the given items, ``float32 [f]``."""
        factors: Float32Array = solve_row(self.item_factors, self.gram, item, confidence)
        return factors

    def columns(self) -> Float32Array:
        """Return the factors by dimension, ``float32 [f, m]``."""
        if self.by_dimension is None:
            raise AssertionError("unreachable: derived when the model was made")
        return self.by_dimension

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {
            "item_factors": self.item_factors,
            "by_dimension": self.columns(),
            "gram": self.gram,
            "constants": np.array([self.alpha, self.half_life_days], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "AlsModel":
        """Rebuild the model from its arrays."""
        alpha, half_life_days = arrays["constants"].tolist()
        return cls(arrays["item_factors"], arrays["gram"], alpha, half_life_days, arrays["by_dimension"])
