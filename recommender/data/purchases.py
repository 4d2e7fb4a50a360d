"""Kept purchase lines as columns: what every model learns from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.data.items import UNKNOWN, ItemTable
from recommender.types import BoolArray, CustomerId, Float32Array, Float64Array, Int32Array, Int64Array

if TYPE_CHECKING:
    from recommender.data.ledger import Ledger

GUEST = -1
"""The customer code of an order without a customer."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """Lines bought and kept before a cut-off; products only; sorted by customer, then time.

    Attributes
    ----------
    customer
        Customer code of each line, ``int32``; -1 for guests, who come first.
    order
        Order code, ``int32``.
    item
        Item index, ``int32``: 0 is the item with most distinct buyers (guest orders count as one each).
    quantity
        What was kept, ``float32``, > 0.
    at_s
        When, seconds since 1970, ``int64``.
    unit_price
        ``float64``, nan when unknown.
    customers
        Customer ids by code.
    items
        Items by index.
    ledger
        What had been bought and was taken back since, so that an earlier time can be asked about; ``None`` where nothing
        came back.
    """

    customer: Int32Array
    order: Int32Array
    item: Int32Array
    quantity: Float32Array
    at_s: Int64Array
    unit_price: Float64Array
    customers: tuple[CustomerId, ...]
    items: ItemTable
    ledger: "Ledger | None" = None

    def __len__(self) -> int:
        return len(self.item)

    @property
    def ever_bought(self) -> "Purchases":
        """What was bought, also what was taken back since; a later return moves nothing in it."""
        return self if self.ledger is None else self.ledger.bought

    def between(self, from_s: int, until_s: int) -> "Purchases":
        """Return what was bought in a period, less what had been returned by its end.

        Customers have the same codes. Items too where nothing ever came back; compare them by their numbers.
        """
        known = self if self.ledger is None else self.before(until_s)
        return known.where((known.at_s >= from_s) & (known.at_s < until_s))

    def before(self, until_s: int) -> "Purchases":
        """Return what was known at a time: items sold before it only, ranked by the buyers they had then.

        A return after it takes nothing out: at that time nobody knew.
        """
        if self.ledger is not None:
            return self.ledger.before(until_s).known()
        return reindexed(self.where(self.at_s < until_s))

    def where(self, mask: BoolArray) -> "Purchases":
        """Return the lines of a mask, with the same codes; what was taken back is forgotten."""
        return Purchases(
            self.customer[mask],
            self.order[mask],
            self.item[mask],
            self.quantity[mask],
            self.at_s[mask],
            self.unit_price[mask],
            self.customers,
            self.items,
        )


def reindexed(purchases: Purchases) -> Purchases:
    """Drop items without a line and number the rest by distinct buyers, most first.

    Ties are broken by the permanent number, so the order depends on the lines alone.
    """
    buyers = distinct_buyers(purchases)
    order = np.lexsort((purchases.items.numbers, -buyers))
    order = order[: int(np.count_nonzero(buyers))]
    index = np.full(len(purchases.items), UNKNOWN, np.int32)
    index[order] = np.arange(len(order), dtype=np.int32)
    return Purchases(
        purchases.customer,
        purchases.order,
        index[purchases.item],
        purchases.quantity,
        purchases.at_s,
        purchases.unit_price,
        purchases.customers,
        purchases.items.take(order),
    )


def distinct_buyers(purchases: Purchases) -> Int64Array:
    """Return how many different customers bought each item; every guest order is a customer."""
    buyer = buyer_rows(purchases)
    pair = np.unique(buyer.astype(np.int64) * max(len(purchases.items), 1) + purchases.item)
    return np.bincount(pair % max(len(purchases.items), 1), minlength=len(purchases.items))


def buyer_rows(purchases: Purchases) -> Int64Array:
    """Return a row per buyer: customers by code, then one row per guest order."""
    guest = purchases.customer == GUEST
    row = purchases.customer.astype(np.int64)
    _, code = np.unique(purchases.order[guest], return_inverse=True)
    row[guest] = len(purchases.customers) + code
    return row
