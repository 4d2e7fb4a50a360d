"""What the scoring of offers reads, as plain arrays."""

from typing import Final, NamedTuple

from recommender.models.item_facts import FactTables
from recommender.models.trees import TreeTables
from recommender.types import (
    BoolArray,
    Float32Array,
    Float64Array,
    Int16Array,
    Int32Array,
    Int64Array,
)

LEAST_SHARE: Final = 1e-18
"""No share of what newcomers buy is taken to be smaller."""


class SparseRows(NamedTuple):
    """The arrays of one item-to-item model."""

    indptr: Int64Array
    neighbour: Int32Array
    weight: Float32Array


class RankerTables(NamedTuple):
    """The arrays of :class:`recommender.models.Ranker`; ``weights`` of zero when there is none."""

    depth: Int32Array
    weights: Float32Array
    pairwise: TreeTables
    binary: TreeTables
    linear: Float32Array


class OfferTables(NamedTuple):
    """Everything that scoring an offer reads; all arrays read-only."""

    popularity: Float32Array
    newcomers: Float32Array
    """What customers of whom nothing is known are offered by."""
    newcomer_bits: Float32Array
    """Binary logarithm of its share; of what none of them buys, that of :data:`LEAST_SHARE`."""
    lift: Float32Array
    sparse: tuple[SparseRows, SparseRows, SparseRows, SparseRows, SparseRows]
    """In the order of :class:`recommender.models.Source`, without popularity and ALS."""
    factors: Float32Array
    """``[m, f]``, C order."""
    by_dimension: Int16Array
    """``[f, m]``, C order, in units of ``dimension_unit``."""
    dimension_unit: Float32Array
    """``[f]``."""
    gram: Float32Array
    weights: Float32Array
    lifted: BoolArray
    activity: Float32Array
    order_counts: Int64Array
    elapsed_windows: Float32Array
    constants: Float64Array
    """``[half-life of a say, alpha, half-life of a confidence, window]``, times in seconds."""
    reach: int
    """Items from this index on are nobody's neighbour and in no list: no first stage proposes them."""
    facts: FactTables
    ranker: RankerTables
