"""How the scores of every recommender of the package ``irspack`` are read."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.types import Float32Array, Float64Array, Int64Array
from training.peers.contract import Fitted


class IrspackRecommender(Protocol):
    """What the recommenders of irspack have in common."""

    def learn(self) -> object:
        """Fit."""

    def get_score(self, user_indices: NDArray[np.int64]) -> Float64Array:
        """Return scores of the rows of the training matrix."""


def learned(model: IrspackRecommender) -> Fitted:
    """Fit a recommender and return how it scores."""
    model.learn()

    def scores(rows: Int64Array) -> Float32Array:
        return np.asarray(model.get_score(np.asarray(rows, np.int64)), np.float32)

    return Fitted(scores)
