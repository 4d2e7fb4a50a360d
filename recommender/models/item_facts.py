"""What is known about each item at the cut-off, apart from who bought it: columns of the ranker, ready to gather."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from recommender.models.arrays import Arrays, read_only
from recommender.types import Float32Array, Int32Array

RELATIVE = (
    "popular_fortnight_half",
    "popular_quarter",
    "popular_window",
    "popular_long",
    "popular_ever",
    "discovered_quarter",
    "discovered_window",
)
"""Logarithms of decayed buyers (of first-time buyers): features once the customer's largest is taken off."""

ABSOLUTE = (
    "trend_days",
    "trend_weeks",
    "trend_window",
    "trend_long",
    "share_of_new_buyers",
    "age",
    "unsold",
    "orders_per_buyer",
    "quantity",
    "price_change",
)
"""Features as they are."""

FACTS = (*RELATIVE, *ABSOLUTE, "price")
"""Columns of :attr:`ItemFacts.values`; the logarithm of the price, 0 where unknown, comes last."""


class FactTables(NamedTuple):
    """The arrays of :class:`ItemFacts`, for compiled code."""

    values: Float32Array
    category: Int32Array
    share: Float32Array
    best: Int32Array
    promoted: Float32Array
    """Planned and past promotions, ``float32 [n, 2 x kinds]``; no column where the ranker knows of none."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Facts of every item as of the cut-off.

    Attributes
    ----------
    values
        ``float32 [n, len(FACTS)]``, finite.
    category
        Broad and narrow category of each item, ``int32 [n, 2]``, positions in ``share``; 0 where unknown.
    share
        Share of recent purchases that fell into each category, ``float32 [c]``, ``c >= 1``, > 0.
    best
        The best items by each relative fact, ``int32 [len(RELATIVE), depth]``, best first.
    """

    values: Float32Array
    category: Int32Array
    share: Float32Array
    best: Int32Array
    tables: FactTables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        tables = FactTables(
            values=read_only(self.values),
            category=read_only(self.category),
            share=read_only(self.share),
            best=read_only(self.best),
            promoted=read_only(np.zeros((len(self.values), 0), np.float32)),
        )
        object.__setattr__(self, "tables", tables)

    @classmethod
    def neutral(cls, n_items: int) -> "ItemFacts":
        """Return the facts of items of which nothing is known."""
        return cls(
            values=np.zeros((n_items, len(FACTS)), np.float32),
            category=np.zeros((n_items, 2), np.int32),
            share=np.ones(1, np.float32),
            best=np.empty((len(RELATIVE), 0), np.int32),
        )

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        return {"values": self.values, "category": self.category, "share": self.share, "best": self.best}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "ItemFacts":
        """Rebuild the facts from their arrays."""
        return cls(arrays["values"], arrays["category"], arrays["share"], arrays["best"])
