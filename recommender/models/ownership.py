"""What the buyers of an item teach about owning it."""

from dataclasses import dataclass

import numpy as np

from recommender.models.arrays import Arrays
from recommender.types import BoolArray, Float32Array


@dataclass(frozen=True, slots=True)
class LearnedOwnership:
    """How often the buyers of each item who came back bought it again.

    Attributes
    ----------
    repeat_rate
        Posterior mean, ``float32 [n]``, 0..1.
    own_once
        Whether that is so rare that the item is bought once, ``bool [n]``.
    """

    repeat_rate: Float32Array
    own_once: BoolArray

    @classmethod
    def neutral(cls, n_items: int) -> "LearnedOwnership":
        """Return the model that learned nothing: every item is owned once."""
        return cls(np.zeros(n_items, np.float32), np.ones(n_items, np.bool_))

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {"repeat_rate": self.repeat_rate, "own_once": self.own_once}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "LearnedOwnership":
        """Rebuild the model from its arrays."""
        return cls(arrays["repeat_rate"], arrays["own_once"])
