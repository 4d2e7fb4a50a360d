"""The fold of many customers at once, from columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.customers.lines import OrderLines
from recommender.customers.matching import Arranged, arrange, match_arranged
from recommender.customers.state import RECENT_LINES, CustomerState, ItemHoldings, RecentLines
from recommender.errors import InvalidInputError
from recommender.types import BoolArray, CustomerId, Float64Array, Int64Array

if TYPE_CHECKING:
    from recommender.customers.kernels import Totals


@dataclass(frozen=True, slots=True, eq=False)
class FoldedCustomers:
    """States of many customers; row ``i`` belongs to ``customers[i]``.

    Attributes
    ----------
    versions
        Log version per customer.
    items, item_start
        Holdings of all customers, one after the other; those of customer ``i`` are ``item_start[i]`` to
        ``item_start[i + 1]``.
    recent, recent_start
        The same for the newest lines.
    totals
        Orders, lines, first and last purchase and unmatched returns per customer.
    """

    customers: Sequence[CustomerId]
    versions: Int64Array
    items: ItemHoldings
    item_start: Int64Array
    recent: RecentLines
    recent_start: Int64Array
    totals: "Totals"

    def __len__(self) -> int:
        return len(self.customers)

    def state(self, index: int) -> CustomerState:
        """Return the state of one customer: bit for bit that of the fold of their orders alone, without dealings."""
        totals = self.totals
        return CustomerState(
            version=int(self.versions[index]),
            orders=int(totals.orders[index]),
            lines=int(totals.lines[index]),
            first_s=int(totals.first_s[index]),
            last_s=int(totals.last_s[index]),
            items=self._items_of(index),
            recent=self._recent_of(index),
            unmatched_returns=int(totals.unmatched[index]),
        )

    def _items_of(self, index: int) -> ItemHoldings:
        items, rows = self.items, slice(self.item_start[index], self.item_start[index + 1])
        return ItemHoldings(
            number=items.number[rows],
            owned=items.owned[rows],
            orders=items.orders[rows],
            first_s=items.first_s[rows],
            last_s=items.last_s[rows],
        )

    def _recent_of(self, index: int) -> RecentLines:
        recent, rows = self.recent, slice(self.recent_start[index], self.recent_start[index + 1])
        return RecentLines(number=recent.number[rows], at_s=recent.at_s[rows], quantity=recent.quantity[rows])


def _starts(counts: Int64Array) -> Int64Array:
    """Return ``[0, c0, c0 + c1, ...]``: one entry more than there are counts."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def _check_sizes(lines: OrderLines, customers: Sequence[CustomerId], versions: Int64Array) -> None:
    codes = int(lines.customer.max(initial=-1)) + 1
    if len(customers) < codes or len(customers) != versions.size:
        raise InvalidInputError(
            "the customers do not fit the order lines",
            expected=f"at least {codes} customers with one version each",
            found=f"{len(customers)} customers and {versions.size} versions",
        )


def fold_matched(
    arranged: Arranged,
    matched: tuple[Float64Array, BoolArray],
    customers: Sequence[CustomerId],
    versions: Int64Array,
) -> FoldedCustomers:
    """Fold lines that are sorted and matched; the one path of :func:`fold_columns` and of ``fold``."""
    from recommender.customers.kernels import hold, newest_lines, total

    rows = arranged.rows
    n_orders = arranged.is_cancelled.size
    kept, is_unmatched = matched
    totals = total(rows, kept, is_unmatched, len(customers), n_orders)
    held = hold(rows, arranged.by_item, kept, n_orders)
    recent_start = _starts(np.minimum(totals.lines, RECENT_LINES))
    number, at_s, quantity = newest_lines(rows, arranged.by_rank, kept, recent_start, totals.lines)
    return FoldedCustomers(
        customers=customers,
        versions=versions,
        items=ItemHoldings(held.number, held.owned, held.orders, held.first_s, held.last_s),
        item_start=_starts(np.bincount(held.customer, minlength=len(customers)).astype(np.int64, copy=False)),
        recent=RecentLines(number=number, at_s=at_s, quantity=quantity),
        recent_start=recent_start,
        totals=totals,
    )


def fold_columns(lines: OrderLines, customers: Sequence[CustomerId], versions: Int64Array) -> FoldedCustomers:
    """Fold the order lines of many customers at once; guests are matched but have no state.

    Parameters
    ----------
    lines
        Columns, rows in any order. Customer code ``i`` is ``customers[i]``.
    customers
        Every customer, also those without a line: they get an empty state.
    versions
        Log version per customer.

    Raises
    ------
    InvalidInputError
        The columns do not fit each other, or name a customer code that ``customers`` does not have.

    Examples
    --------
    >>> folded = fold_columns(OrderLines.empty(), [CustomerId("ada")], np.array([3]))
    >>> folded.state(0) == CustomerState.empty(version=3)
    True
    """
    _check_sizes(lines.check(), customers, versions)
    arranged = arrange(lines)
    return fold_matched(arranged, match_arranged(arranged), customers, versions)
