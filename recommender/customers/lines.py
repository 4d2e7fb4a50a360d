"""Order lines as columns: the form in which many customers are folded at once.

One row is one purchased or returned line, or one cancelled order. Rows may come in any order; ``rank`` says
where each stands in the order of the fold (``occurred_at``, ``source``, ``event_id``, line).
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from itertools import count
from typing import Final

import numpy as np

from recommender.errors import InvalidInputError
from recommender.types import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array, UInt32Array

PURCHASE: Final = 0
"""``kind`` of a bought line."""

RETURN: Final = 1
"""``kind`` of a line given back."""

CANCELLATION: Final = 2
"""``kind`` of a cancelled order; its ``number`` and ``quantity`` are ignored."""

GUEST: Final = -1
"""``customer`` of a purchase by nobody known."""

NO_ORDER: Final = -1
"""``order`` of a line that names none."""

NO_NUMBER: Final = 2**32 - 1
"""``number`` of a returned item that was never bought by anybody, and so was never numbered."""

NO_NAME: Final = -1
"""``serial`` or ``line`` of a line without one."""

_DTYPES: Final = {
    "customer": np.int32,
    "order": np.int32,
    "number": np.uint32,
    "quantity": np.float64,
    "at_us": np.int64,
    "kind": np.uint8,
    "is_gift": np.bool_,
    "rank": np.int64,
    "unit_price": np.float64,
    "serial": np.int32,
    "line": np.int32,
}


def name_codes() -> defaultdict[str | None, int]:
    """Return what numbers serials and line ids as they first come: the codes of ``serial`` and ``line``.

    Examples
    --------
    >>> codes = name_codes()
    >>> [codes[name] for name in ("S1", None, "S2", "S1")]
    [0, -1, 1, 0]
    """
    codes: defaultdict[str | None, int] = defaultdict(count().__next__)
    codes[None] = NO_NAME
    return codes


def no_names(rows: int) -> Int32Array:
    """Return the column ``serial`` or ``line`` of so many rows that have none.

    Examples
    --------
    >>> no_names(2)
    array([-1, -1], dtype=int32)
    """
    return np.full(rows, NO_NAME, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class OrderLines:
    """Columns of order lines, all of one length, rows in any order.

    Attributes
    ----------
    customer
        Dense customer code from 0; -1 for a guest.
    order
        Dense code of (customer, order id); -1 for a return that names no order.
    number
        Item number.
    quantity
        Above zero, also for returns.
    at_us
        Microseconds since 1970 UTC.
    kind
        0 purchase, 1 return, 2 order cancelled (``number`` and ``quantity`` are ignored).
    is_gift
        Bought for somebody else: counts as bought, never as owned.
    rank
        Ascending position in the order of the fold; ties keep the order of the rows.
    unit_price
        NaN when unknown.
    serial
        Code of the serial number, the same for the same text of one customer; -1 without one.
    line
        Code of the line id, likewise; lines of two orders may share it.
    """

    customer: Int32Array
    order: Int32Array
    number: UInt32Array
    quantity: Float64Array
    at_us: Int64Array
    kind: UInt8Array
    is_gift: BoolArray
    rank: Int64Array
    unit_price: Float64Array
    serial: Int32Array
    line: Int32Array

    def __len__(self) -> int:
        return int(self.customer.size)

    @classmethod
    def empty(cls) -> "OrderLines":
        """Return columns without a row."""
        return cls(**{name: np.empty(0, dtype) for name, dtype in _DTYPES.items()})

    def where(self, mask: BoolArray | Int64Array) -> "OrderLines":
        """Return the rows of a mask, in their order; or those at these places, in theirs."""
        return OrderLines(**{name: getattr(self, name)[mask] for name in _DTYPES})

    def check(self) -> "OrderLines":
        """Return these lines if every column has its type and all have one length.

        Raises
        ------
        InvalidInputError
            A column has another type or another length than it must.
        """
        for field in fields(self):
            column: np.ndarray[tuple[int, ...], np.dtype[np.generic]] = getattr(self, field.name)
            expected = np.dtype(_DTYPES[field.name])
            if column.dtype != expected or column.shape != (len(self),):
                raise InvalidInputError(
                    f"column {field.name} of the order lines does not fit",
                    expected=f"{len(self)} values of {expected}",
                    found=f"shape {column.shape} of {column.dtype}",
                )
        return self


@dataclass(frozen=True, slots=True, eq=False)
class MatchedLines:
    """Order lines after returns and cancellations were taken out of the purchases.

    Attributes
    ----------
    lines
        The lines that were matched, untouched, in their own order.
    kept
        Per row, what is left of a purchase; 0 for every row that is not a purchase.
    is_unmatched
        Per row, whether it is a return of which some or all found no purchase.
    """

    lines: OrderLines
    kept: Float64Array
    is_unmatched: BoolArray

    @property
    def unmatched(self) -> int:
        """How many return lines found no purchase for some or all of their quantity."""
        return int(np.count_nonzero(self.is_unmatched))
