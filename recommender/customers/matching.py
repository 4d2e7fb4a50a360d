"""Matching returns and cancellations to the purchases they undo.

The rules, in words:

1. A return that names a serial takes back the unit with that serial: of the order that it names, else of the customer's
   purchases of the item that came before it.
2. A return that names an order and a line of it takes back the lines of the item with that line id.
3. A return that names an order takes back that order's lines of the item, newest first, wherever the clock put them
   (files of returns often carry only a date).
4. What is left takes back the customer's purchases of the item that came before the return, newest first.
5. What still finds nothing is an unmatched return: counted, never carried over to later purchases.
6. A cancelled order keeps nothing, whatever the clock says. Only a return that names the order can be spent on it.
7. A guest has no other orders: nothing is taken from purchases before, only from the order that is named.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender.customers.lines import CANCELLATION, MatchedLines, OrderLines
from recommender.types import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array, UInt32Array

if TYPE_CHECKING:
    from recommender.customers.kernels import Rows

MICROSECONDS = 1_000_000
_LATEST_S = 2**32 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """Order lines with the orders of visit that the compiled loops need.

    ``by_rank`` lists row numbers by rank, ``by_item`` by (customer, item number, rank).
    """

    rows: "Rows"
    by_rank: Int64Array
    by_item: Int64Array
    is_cancelled: BoolArray

    def first(self, size: int) -> "Arranged":
        """Return the first ``size`` rows as :func:`arrange` does, without sorting them again; they are in order of rank."""
        whole = self.rows
        rows = whole._replace(
            customer=whole.customer[:size],
            order=whole.order[:size],
            number=whole.number[:size],
            quantity=whole.quantity[:size],
            kind=whole.kind[:size],
            is_gift=whole.is_gift[:size],
            at_s=whole.at_s[:size],
            serial=whole.serial[:size],
            line=whole.line[:size],
        )
        by_item = self.by_item[self.by_item < size]
        return Arranged(rows, self.by_rank[:size], by_item, _is_cancelled(rows.order, rows.kind))


def seconds_of(at_us: Int64Array) -> UInt32Array:
    """Return whole seconds since 1970; earlier times become 0 and later than 2106 become 2**32 - 1.

    Examples
    --------
    >>> seconds_of(np.array([-1, 1_999_999, 2**62]))
    array([         0,          1, 4294967295], dtype=uint32)
    """
    return np.clip(np.floor_divide(at_us, MICROSECONDS), 0, _LATEST_S).astype(np.uint32)


def arrange(lines: OrderLines) -> Arranged:
    """Sort the lines for the loops; linear when they are already in order of rank."""
    from recommender.customers.kernels import Rows

    by_rank = _by_rank(lines.rank)
    key = (lines.customer.astype(np.int64) << 32) | lines.number.astype(np.int64)
    by_item = by_rank[np.argsort(key[by_rank], kind="stable")]
    rows = Rows(
        customer=lines.customer,
        order=lines.order,
        number=lines.number,
        quantity=lines.quantity,
        kind=lines.kind,
        is_gift=lines.is_gift,
        at_s=seconds_of(lines.at_us),
        serial=lines.serial,
        line=lines.line,
    )
    return Arranged(
        rows=rows, by_rank=by_rank, by_item=by_item, is_cancelled=_is_cancelled(lines.order, lines.kind)
    )


def _by_rank(rank: Int64Array) -> Int64Array:
    if rank.size < 2 or bool(np.all(rank[1:] >= rank[:-1])):
        return np.arange(rank.size, dtype=np.int64)
    return np.argsort(rank, kind="stable").astype(np.int64, copy=False)


def _is_cancelled(order: Int32Array, kind: UInt8Array) -> BoolArray:
    """Per order code, whether a cancellation names it; one code more than the largest."""
    is_cancelled = np.zeros(int(order.max(initial=-1)) + 1, np.bool_)
    named = order[kind == CANCELLATION]
    is_cancelled[named[named >= 0]] = True
    return is_cancelled


def match_arranged(arranged: Arranged) -> tuple[Float64Array, BoolArray]:
    """Return what every row keeps, and which returns found too little."""
    from recommender.customers.kernels import match_rows

    kept, is_unmatched = match_rows(arranged.rows, arranged.by_item, arranged.is_cancelled)
    return kept, is_unmatched


def match_returns(lines: OrderLines) -> MatchedLines:
    """Take returns and cancelled orders out of the purchases, guests included.

    Raises
    ------
    InvalidInputError
        The columns differ in length, or one has the wrong type.

    Examples
    --------
    Two mugs are bought, one comes back:

    >>> from recommender.customers.lines import no_names
    >>> lines = OrderLines(
    ...     customer=np.array([0, 0], np.int32), order=np.array([0, -1], np.int32),
    ...     number=np.array([7, 7], np.uint32), quantity=np.array([2.0, 1.0]),
    ...     at_us=np.array([10**15, 2 * 10**15]), kind=np.array([0, 1], np.uint8),
    ...     is_gift=np.zeros(2, np.bool_), rank=np.arange(2), unit_price=np.full(2, np.nan),
    ...     serial=no_names(2), line=no_names(2))
    >>> match_returns(lines).kept
    array([1., 0.])
    """
    kept, is_unmatched = match_arranged(arrange(lines.check()))
    return MatchedLines(lines=lines, kept=kept, is_unmatched=is_unmatched)
