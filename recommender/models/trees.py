"""Gradient boosted trees as flat arrays, evaluated for many rows at once without a branch.

After Lucchese et al., "QuickScorer" (SIGIR 2015): the leaves of a tree are bits, from left to right; a node whose
question is answered with *no* takes the leaves to its left out, in any order, and the lowest bit left is the leaf.
All rows of a customer answer one node after the other, so that the processor compares many rows with one instruction.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.models.arrays import Arrays, read_only
from recommender.models.tree_walk import DE_BRUIJN, EVERY_LEAF, ROWS, add_tree
from recommender.types import Float32Array, Int32Array, Int64Array, UInt32Array

MOST_LEAVES = 32
"""Leaves of a tree, at most: bits of a mask."""

_NEAR = 8 * ROWS
"""So many rows hear all trees before the next do: their features stay near the processor."""


class TreeTables(NamedTuple):
    """The arrays of :class:`FlatTrees`, for compiled code."""

    indptr: Int64Array
    feature: Int32Array
    threshold: Float32Array
    mask: UInt32Array
    leaf: Float32Array


@dataclass(frozen=True, slots=True)
class FlatTrees:
    """Trees of at most 32 leaves with splits ``x <= threshold``; the score is the sum of one leaf of each.

    Attributes
    ----------
    indptr
        Nodes of each tree, ``int64 [trees + 1]``.
    feature
        Column that a node asks, ``int32 [nodes]``.
    threshold
        ``float32 [nodes]``; the last value that is answered with *yes*.
    mask
        Leaves that stay when the answer is no, ``uint32 [nodes]``.
    leaf
        Value of each leaf, ``float32 [trees, 32]``, at :func:`slot_of_leaf`.
    """

    indptr: Int64Array
    feature: Int32Array
    threshold: Float32Array
    mask: UInt32Array
    leaf: Float32Array
    tables: TreeTables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        tables = TreeTables(
            indptr=read_only(self.indptr),
            feature=read_only(self.feature),
            threshold=read_only(self.threshold),
            mask=read_only(self.mask),
            leaf=read_only(self.leaf),
        )
        object.__setattr__(self, "tables", tables)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def empty(cls) -> "FlatTrees":
        """Return no tree at all: every row scores 0."""
        return cls(
            indptr=np.zeros(1, np.int64),
            feature=np.empty(0, np.int32),
            threshold=np.empty(0, np.float32),
            mask=np.empty(0, np.uint32),
            leaf=np.empty((0, MOST_LEAVES), np.float32),
        )

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {
            "indptr": self.indptr,
            "feature": self.feature,
            "threshold": self.threshold,
            "mask": self.mask,
            "leaf": self.leaf,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "FlatTrees":
        """Rebuild the trees from their arrays."""
        return cls(arrays["indptr"], arrays["feature"], arrays["threshold"], arrays["mask"], arrays["leaf"])


def slot_of_leaf(leaf: int) -> int:
    """Return the column of a leaf in ``FlatTrees.leaf``: where its bit hashes to.

    Leiserson, Prokop and Randall, "Using de Bruijn Sequences to Index a 1 in a Computer Word" (1998): one
    multiplication finds the lowest bit, and vectorises.

    Examples
    --------
    >>> [slot_of_leaf(leaf) for leaf in range(4)]
    [0, 1, 3, 7]
    >>> len({slot_of_leaf(leaf) for leaf in range(32)})
    32
    """
    return (((1 << leaf) * DE_BRUIJN) & EVERY_LEAF) >> 27


@njit(cache=True, nogil=True)
def by_column(x: Float32Array) -> Float32Array:
    """Return the rows as columns, ``float32 [features, rows rounded up to a block]``; added rows are 0."""
    rows, features = x.shape
    out = np.zeros((features, padded(rows)), np.float32)
    for row in range(rows):
        for feature in range(features):
            out[feature, row] = x[row, feature]
    return out


@njit(cache=True, nogil=True)
def padded(rows: int) -> int:
    """Return how many rows a matrix by column must have."""
    return ((rows + ROWS - 1) // ROWS) * ROWS


@njit(cache=True, nogil=True)
def taken(columns: Float32Array, rows: Int64Array) -> Float32Array:
    """Return some rows of a matrix by column, padded as :func:`by_column` does."""
    out = np.zeros((columns.shape[0], padded(rows.size)), np.float32)
    for column in range(columns.shape[0]):
        source, target = columns[column], out[column]
        for position in range(rows.size):
            target[position] = source[rows[position]]
    return out


@njit(cache=True, nogil=True)
def tree_scores(x: Float32Array, tables: TreeTables) -> Float32Array:
    """Return the sum of the leaf values of each row, ``float32 [rows]``.

    Parameters
    ----------
    x
        ``float32 [rows, features]``, finite.
    tables
        ``FlatTrees.tables``.
    """
    score: Float32Array = tree_scores_of_columns(by_column(x), tables)[: x.shape[0]]
    return score


@njit(cache=True, nogil=True)
def tree_scores_of_columns(columns: Float32Array, tables: TreeTables) -> Float32Array:
    """Return the scores of rows that are columns already, padded as :func:`by_column` does; padding included."""
    out = np.zeros(columns.shape[1], np.float32)
    for begin in range(0, columns.shape[1], _NEAR):
        for tree in range(tables.indptr.size - 1):
            for first in range(begin, min(begin + _NEAR, columns.shape[1]), ROWS):
                add_tree(columns, first, tables, tree, out)
    return out
