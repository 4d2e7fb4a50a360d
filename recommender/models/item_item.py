"""Item to item: what buyers of one item buy."""

from dataclasses import dataclass

import numpy as np

from recommender.models.arrays import Arrays
from recommender.types import Float32Array, Int32Array, Int64Array


@dataclass(frozen=True, slots=True)
class ItemItemModel:
    """Truncated neighbours of every item; row = the bought item, by descending weight.

    Attributes
    ----------
    indptr
        ``int64 [n + 1]``; the neighbours of item ``i`` are ``indptr[i]:indptr[i + 1]``.
    neighbour
        Item index, ``int32 [nnz]``; never the row's own item.
    weight
        ``float32 [nnz]``, descending within a row; > 0 but in the spectral source of a small catalogue.
    """

    indptr: Int64Array
    neighbour: Int32Array
    weight: Float32Array

    @classmethod
    def empty(cls, n_items: int) -> "ItemItemModel":
        """Return the model in which no item has a neighbour."""
        return cls(np.zeros(n_items + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))

    def neighbours_of(self, item: int) -> tuple[Int32Array, Float32Array]:
        """Return the neighbours of one item and their weights, by descending weight."""
        row = slice(int(self.indptr[item]), int(self.indptr[item + 1]))
        return self.neighbour[row], self.weight[row]

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {"indptr": self.indptr, "neighbour": self.neighbour, "weight": self.weight}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "ItemItemModel":
        """Rebuild the model from its arrays."""
        return cls(arrays["indptr"], arrays["neighbour"], arrays["weight"])
