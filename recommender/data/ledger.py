"""What was bought and taken back, in full: what was known of a shop's purchases at any time."""

from dataclasses import dataclass, replace

import numpy as np

from recommender.customers import OrderLines, match_returns
from recommender.customers.lines import CANCELLATION, PURCHASE, RETURN
from recommender.data.purchases import Purchases, reindexed
from recommender.types import BoolArray, Int64Array

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every product line that was ever bought, and what took some of it back.

    Attributes
    ----------
    bought
        All bought lines, also those that were taken back since; as they were bought.
    touched
        The bought lines that some return or cancellation may take, and these. All other lines are kept for good.
    place
        Position in ``bought`` of each line of ``touched``, ``int64``; -1 for what is no bought line.
    """

    bought: Purchases
    touched: OrderLines
    place: Int64Array

    def before(self, until_s: int) -> "Ledger":
        """Return the ledger of a time: nothing that happened then or later is in it."""
        kept = self.bought.at_s < until_s
        moved = np.cumsum(kept) - 1
        known = self.touched.at_us < until_s * _MICROSECONDS
        place = self.place[known]
        return Ledger(
            self.bought.where(kept), self.touched.where(known), np.where(place >= 0, moved[place], -1)
        )

    def known(self) -> Purchases:
        """Return what was kept, as far as this ledger knows; the purchases can be asked about earlier times."""
        quantity = self.bought.quantity.copy()
        is_bought = self.place >= 0
        quantity[self.place[is_bought]] = match_returns(self.touched).kept[is_bought]
        kept = replace(self.bought, quantity=quantity).where(quantity > 0)
        return replace(reindexed(kept), ledger=self)


def touched_by_returns(lines: OrderLines) -> BoolArray:
    """Return which lines are returns, cancellations, or purchases that one of them may take.

    A return takes from its customer's purchases of the item, or from the item's lines of the order that it names; a
    cancellation from its order. Whatever is matched with what, at whatever time, it is among these.
    """
    given_back, cancelled = lines.kind == RETURN, lines.kind == CANCELLATION
    number = lines.number.astype(np.int64)
    by_customer = (lines.customer.astype(np.int64) << 32) | number
    by_order = (lines.order.astype(np.int64) << 32) | number
    named = given_back & (lines.order >= 0)
    touched = np.isin(by_customer, by_customer[given_back & (lines.customer >= 0)])
    touched |= np.isin(by_order, by_order[named]) & (lines.order >= 0)
    touched |= np.isin(lines.order, lines.order[cancelled & (lines.order >= 0)])
    takes: BoolArray = given_back | cancelled
    takes |= touched & (lines.kind == PURCHASE)
    return takes
