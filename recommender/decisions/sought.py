"""What a decision wants ranked: the products that any of its actions may speak of, and what they are worth to these."""

from typing import Final, NamedTuple

import numpy as np

from recommender.candidates.assortment import Assortment
from recommender.decisions.market_kernel import LINEUP_COLUMNS, Market, Turn

NO_ITEMS: Final = np.empty(0, np.int32)
NO_BIDDING: Final = np.empty((2, 0), np.int64)
NO_LINEUP: Final = np.empty((0, LINEUP_COLUMNS), np.int64)
NO_PAIRS: Final = np.empty((0, 2), np.int64)
NO_TERMS: Final = np.empty((0, 3))
NO_MARKET: Final = Market(0, NO_ITEMS, NO_TERMS, NO_TERMS, np.empty(0, np.int64), np.empty(0, np.int64))
NO_TURN: Final = Turn(0, NO_PAIRS, 0)


class Sought(NamedTuple):
    """What is to be ranked.

    Attributes
    ----------
    offers, repeats
        Whether any action speaks of them.
    market
        Actions whose products differ in probability and price alone.
    turn
        Their ties in this decision, and what they must not speak of.
    pinned
        Numbers of items that staff pinned: they are ranked however unlikely they are.
    selectors
        Columns of the offers' selectors that any of these actions has; None: all of them.
    repeaters
        Columns of the repeat actions among these; None: all of them.
    closed
        About so many products any offer, and any repeat, must be silent at most.
    deeper
        So many times as many products as usual.
    """

    offers: bool
    repeats: bool
    market: Market = NO_MARKET
    turn: Turn = NO_TURN
    pinned: tuple[int, ...] = ()
    selectors: frozenset[int] | None = None
    repeaters: frozenset[int] | None = None
    closed: tuple[int, int] = (0, 0)
    deeper: int = 1


def index_of(assortment: Assortment, number: int) -> int:
    """Return the item index of a number, -1 where the bundle does not know it."""
    of_number = assortment.models.index_of_number
    return int(of_number[number]) if 0 <= number < len(of_number) else -1
