"""What customers buy first: what is offered to somebody of whom nothing is known."""

from dataclasses import dataclass

from recommender.models.arrays import Arrays
from recommender.types import Float32Array


@dataclass(frozen=True, slots=True)
class NewcomerModel:
    """How much each item is bought in first orders.

    Attributes
    ----------
    score
        ``float32 [n]``, decayed buyers whose first order had it, >= 0.
    """

    score: Float32Array

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {"score": self.score}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "NewcomerModel":
        """Rebuild the model from its arrays."""
        return cls(arrays["score"])
