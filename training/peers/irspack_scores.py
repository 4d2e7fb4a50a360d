"""The recommenders of the package ``irspack``, and how the scores of every one of them are read.

Irspack is imported here, at once: whoever loads a peer that needs it learns in time that it is missing.
"""

import warnings
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.types import Float32Array, Float64Array, Int64Array
from training.peers.contract import Fitted

with warnings.catch_warnings():
    # irspack declares its settings in a form that pydantic has deprecated.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from irspack import recommenders

__all__ = ["IrspackRecommender", "learned", "recommenders"]


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
