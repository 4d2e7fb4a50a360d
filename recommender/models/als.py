"""Implicit alternating least squares: item factors, and customers folded in."""

from dataclasses import dataclass

import numpy as np

from recommender.models.arrays import Arrays
from recommender.models.row_solver import solve_row
from recommender.types import Float32Array, Int16Array, Int32Array

_MOST = 32_767


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
        The factors transposed and rounded, ``int16 [f, m]``, C order, in units of ``dimension_unit``: a scan walks one
        dimension over all items, and half the bytes leave the processor's cache to the rest of a request. A product with
        them is right to a 30,000th of the largest. Stored beside the factors; derived when absent.
    dimension_unit
        What 1 in ``by_dimension`` is worth, ``float32 [f]``.
    """

    item_factors: Float32Array
    gram: Float32Array
    alpha: float
    half_life_days: float
    by_dimension: Int16Array | None = None
    dimension_unit: Float32Array | None = None

    def __post_init__(self) -> None:
        if self.by_dimension is None or self.dimension_unit is None:
            rounded, unit = rounded_by_dimension(self.item_factors)
            object.__setattr__(self, "by_dimension", rounded)
            object.__setattr__(self, "dimension_unit", unit)

    def fold_in(self, item: Int32Array, confidence: Float32Array) -> Float32Array:
        """Return the factors of a customer who bought the given items, ``float32 [f]``."""
        factors: Float32Array = solve_row(self.item_factors, self.gram, item, confidence)
        return factors

    def columns(self) -> tuple[Int16Array, Float32Array]:
        """Return the factors by dimension, ``int16 [f, m]``, and the unit of each, ``float32 [f]``."""
        if self.by_dimension is None or self.dimension_unit is None:
            raise AssertionError("unreachable: derived when the model was made")
        return self.by_dimension, self.dimension_unit

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        rounded, unit = self.columns()
        return {
            "item_factors": self.item_factors,
            "by_dimension": rounded,
            "dimension_unit": unit,
            "gram": self.gram,
            "constants": np.array([self.alpha, self.half_life_days], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "AlsModel":
        """Rebuild the model from its arrays."""
        alpha, half_life_days = arrays["constants"].tolist()
        rounded, unit = arrays["by_dimension"], arrays["dimension_unit"]
        return cls(arrays["item_factors"], arrays["gram"], alpha, half_life_days, rounded, unit)


def rounded_by_dimension(item_factors: Float32Array) -> tuple[Int16Array, Float32Array]:
    """Return the factors transposed, as whole multiples of a unit per dimension.

    Examples
    --------
    >>> rounded, unit = rounded_by_dimension(np.array([[0.5, 0.0], [-1.0, 0.0]], np.float32))
    >>> rounded.tolist()
    [[16384, -32767], [0, 0]]
    >>> (rounded * unit[:, None]).round(3).tolist()
    [[0.5, -1.0], [0.0, 0.0]]
    """
    by_dimension = np.ascontiguousarray(item_factors.T)
    largest = np.abs(by_dimension).max(axis=1, initial=0.0)
    unit = np.where(largest > 0, largest / _MOST, 1.0).astype(np.float32)
    return np.rint(by_dimension / unit[:, None]).clip(-_MOST, _MOST).astype(np.int16), unit
