"""What a shop says about its items, for learning: what they are, and how they are promoted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.catalog import Promotions, promotion_columns
from recommender.data.descriptions import Descriptions

_PERSONAL = "coupon"
"""Kinds with this word reach some customers only; as a column of the item they took a third of NDCG@10 away."""


class Offering(NamedTuple):
    """Descriptions and promotions of all items; both may be empty."""

    descriptions: Descriptions
    promotions: Promotions

    @classmethod
    def unknown(cls) -> "Offering":
        """Return what is known without a catalogue: nothing."""
        return cls(Descriptions.none(), Promotions.empty())


def learnable_kinds(promotions: Promotions, cuts_s: Sequence[int], window_s: int) -> tuple[str, ...]:
    """Return the kinds of promotions that every one of some windows has seen before it or known after it.

    What ran in one window only teaches nothing about the next. Coupons are left out: who holds one is not known.

    Examples
    --------
    >>> learnable_kinds(Promotions.empty(), [0], 86_400)
    ()
    """
    if len(promotions) == 0 or not cuts_s:
        return ()
    size, seen = int(promotions.rows.number.max()) + 1, np.ones(len(promotions.kinds), np.bool_)
    for cut_s in cuts_s:
        columns = promotion_columns(promotions, cut_s, window_s=window_s, size=size)
        seen &= columns.planned.any(axis=0) | columns.past.any(axis=0)
    return tuple(
        kind
        for kind, is_seen in zip(promotions.kinds, seen, strict=True)
        if is_seen and _PERSONAL not in kind.lower()
    )
