"""How the item-to-item recommenders of the package ``implicit`` are fitted and read."""

import warnings
from typing import Protocol

from scipy.sparse import csr_matrix

from training.peers.contract import Fitted, Known, from_weights


class NeighbourRecommender(Protocol):
    """What the item-to-item recommenders of implicit have in common."""

    similarity: csr_matrix

    def fit(self, weighted: csr_matrix, show_progress: bool) -> None:
        """Fit."""


def neighbours_of(model: NeighbourRecommender, known: Known) -> Fitted:
    """Fit a recommender and return how it scores: the sum over what was bought of the similarities."""
    with warnings.catch_warnings():
        # implicit weighs in COO form and then warns about it.
        warnings.filterwarnings("ignore", message="Method expects CSR input")
        model.fit(known.bought, show_progress=False)
    return from_weights(known.bought, model.similarity)
