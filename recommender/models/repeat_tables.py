"""What the compiled scoring of repeats reads: one history, and the tables of one model."""

from typing import NamedTuple

import numpy as np

from recommender.types import Float32Array, Float64Array, Int32Array, Int64Array, UInt16Array, UInt32Array

DAY_S = 86_400.0
COUNT_BOUNDS = np.array([1, 2, 3, 5, 8, 13], np.int64)
"""Upper bounds of the buckets of orders of an item; one more bucket follows."""

RATIO_BOUNDS = np.array([0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0], np.float32)
"""Upper bounds of the buckets of elapsed time over the expected gap; one more bucket follows."""

HAZARD_SHAPE = (len(COUNT_BOUNDS) + 1, len(RATIO_BOUNDS) + 1)

RATE, PACE, FRESH, TREND, SEASON, LIFT, LIFTS, QUANTITY, PRICE, PULL, ITSELF = range(11)
"""Columns of the table of items: log-odds that an owner buys it again within a window; repeats per owner and day;
log share of its owners who bought it within the last quarter of a window; log growth of its buyers in the last window
over the four before; log of last year's coming window over that year's mean (0 without a year of history); logs of repeats over those expected
of its owners, in the last window and in the last two; mean log quantity of an order; usual price; what the item's row of
the tastes was scaled by, squared and inverted, and that times the row's square (both 0 for an item without a taste)."""

POPULAR = 11
"""The first of the columns that say how popular an item is: logarithms of decayed buyers, then of first-time buyers."""

BUYERS, FOUND = (1 / 14, 1 / 4, 1.0, 4.0, np.inf), (1 / 4, 1.0)
"""Half-lives of these, in windows; a buyer is as old as the last purchase of the item, a first-time buyer as the first."""

ITEM_COLUMNS = POPULAR + len(BUYERS) + len(FOUND)


class RepeatInput(NamedTuple):
    """One customer's history as plain arrays; see :class:`recommender.data.History`."""

    item: Int32Array
    owned: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array
    recent_item: Int32Array
    recent_s: UInt32Array
    recent_quantity: Float32Array
    customer: Int64Array
    """``[orders, first_s, last_s]`` of the customer."""


class RepeatTables(NamedTuple):
    """Everything that scoring a repeat reads; see :class:`recommender.models.ReplenishmentModel`.

    Flat on purpose: a decision hands its fields over as a plain tuple.
    """

    gap_days: Float32Array
    item: Float32Array
    taste: Float32Array
    hazard: Float32Array
    hinges: Float32Array
    coefficients: Float32Array
    rest: Float32Array
    knot_score: Float32Array
    knot_probability: Float32Array
    tree_knot_score: Float32Array
    tree_knot_probability: Float32Array
    tree_indptr: Int64Array
    tree_feature: Int32Array
    tree_threshold: Float32Array
    tree_mask: UInt32Array
    tree_leaf: Float32Array
    constants: Float64Array
    """``[window in seconds, gaps that the item's gap is worth, shape of a pair's pace, shape of a customer's pace]``."""
