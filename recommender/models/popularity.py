"""How much each item sells, over several horizons."""

from dataclasses import dataclass, field

import numpy as np

from recommender.models.arrays import Arrays, floats_of
from recommender.types import Float32Array


@dataclass(frozen=True, slots=True)
class PopularityModel:
    """Distinct buyers of every item, decayed, at several horizons.

    Attributes
    ----------
    horizons_days
        Half-life of each row, days, ascending; ``inf`` counts all time alike.
    score
        ``float32 [horizons, n]``, decayed distinct buyers, >= 0.
    lift
        ``sqrt(score of the lift row + 1/2)``, ``float32 [n]``: sources may be multiplied by it; derived.
    lift_row
        Which horizon lifts.
    """

    horizons_days: tuple[float, ...]
    score: Float32Array
    lift_row: int = 0
    lift: Float32Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lift = np.sqrt(self.score[self.lift_row] + np.float32(0.5)).astype(np.float32)
        object.__setattr__(self, "lift", lift)

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        horizons = np.asarray(self.horizons_days, np.float64)
        return {
            "horizons_days": horizons,
            "score": self.score,
            "lift_row": np.array([self.lift_row], np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "PopularityModel":
        """Rebuild the model from its arrays."""
        return cls(floats_of(arrays["horizons_days"]), arrays["score"], int(arrays["lift_row"][0]))
