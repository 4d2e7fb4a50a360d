"""What the fold of one customer's events says now.

Arrays are columns of equal length. Nothing here is rounded to the last N purchases except ``recent``: ``items``
covers the whole history, because "never offer what they own" has no horizon.
"""

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from recommender.customers.dealings import NO_DEALINGS, Dealings
from recommender.types import Float32Array, UInt16Array, UInt32Array

RECENT_LINES = 500
"""How many kept order lines ``RecentLines`` remembers."""


def _same_columns(left: object, right: object) -> bool:
    """Whether two dataclasses of arrays hold the same values, dtype and NaN included."""
    return all(
        a.dtype == b.dtype and a.tobytes() == b.tobytes()
        for a, b in (
            (getattr(left, field.name), getattr(right, field.name))
            for field in fields(left)  # type: ignore[arg-type]  # callers pass dataclasses
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class ItemHoldings:
    """One row per item ever bought and not entirely returned or cancelled, by ascending item number.

    Attributes
    ----------
    number
        Item number, strictly ascending.
    owned
        Quantity still owned, gifts excluded. Zero means: bought, but only ever as a gift.
    orders
        Distinct orders of which something of the item was kept; stays at 65,535 above that.
    first_s, last_s
        First and last kept purchase, whole seconds since 1970 UTC, kept within 0 to 2**32 - 1.
    """

    number: UInt32Array
    owned: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array

    def __len__(self) -> int:
        return int(self.number.size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ItemHoldings) and _same_columns(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays cannot be hashed


@dataclass(frozen=True, slots=True, eq=False)
class RecentLines:
    """The last 500 kept order lines (gifts included), oldest first.

    Attributes
    ----------
    number
        Item number of the line; every one has a row in :class:`ItemHoldings`.
    at_s
        When it was bought, whole seconds since 1970 UTC.
    quantity
        What was kept of it, above zero.
    """

    number: UInt32Array
    at_s: UInt32Array
    quantity: Float32Array

    def __len__(self) -> int:
        return int(self.number.size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecentLines) and _same_columns(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays cannot be hashed


def _read_only_empty() -> tuple[UInt32Array, Float32Array, UInt16Array]:
    arrays = (np.empty(0, np.uint32), np.empty(0, np.float32), np.empty(0, np.uint16))
    for array in arrays:
        array.flags.writeable = False
    return arrays


_DEALINGS = msgspec.msgpack.Decoder(Dealings)
_NO_U32, _NO_F32, _NO_U16 = _read_only_empty()
_NO_ITEMS = ItemHoldings(number=_NO_U32, owned=_NO_F32, orders=_NO_U16, first_s=_NO_U32, last_s=_NO_U32)
_NO_LINES = RecentLines(number=_NO_U32, at_s=_NO_U32, quantity=_NO_F32)


@dataclass(frozen=True, slots=True)
class CustomerState:
    """Everything a decision needs to know about one customer.

    Attributes
    ----------
    version
        Log version of the customer that this state has seen; 0 when the log does not know the customer.
    orders, lines
        Distinct orders and order lines of which something was kept.
    first_s, last_s
        First and last kept purchase, seconds since 1970 UTC; 0 when nothing was ever kept.
    items, recent
        The whole history per item, and the newest lines.
    unmatched_returns
        Return lines of which some or all found no purchase to take back.
    dealings
        Everything but the purchases. Of an unpacked state they are decoded when first asked for: most decisions of a
        shop without a playbook never ask.

    Examples
    --------
    >>> CustomerState.empty().has_bought
    False
    """

    version: int
    orders: int
    lines: int
    first_s: int
    last_s: int
    items: ItemHoldings
    recent: RecentLines
    unmatched_returns: int
    dealings: Dealings = NO_DEALINGS
    _packed_dealings: bytes = field(default=b"", init=False, repr=False, compare=False)

    __hash__ = None  # type: ignore[assignment]  # arrays cannot be hashed

    @classmethod
    def empty(cls, version: int = 0) -> "CustomerState":
        """Return the state of a customer who never bought anything."""
        return cls(
            version=version,
            orders=0,
            lines=0,
            first_s=0,
            last_s=0,
            items=_NO_ITEMS,
            recent=_NO_LINES,
            unmatched_returns=0,
        )

    def with_packed_dealings(self, packed: bytes) -> "CustomerState":
        """Return this state, which must not be in use yet, with dealings that are decoded when first asked for.

        Parameters
        ----------
        packed
            MessagePack of :class:`Dealings`.
        """
        object.__setattr__(self, "_packed_dealings", packed)
        object.__delattr__(self, "dealings")
        return self

    if not TYPE_CHECKING:  # for type checkers, a state has no attributes but its fields

        def __getattr__(self, name: str) -> Dealings:
            """Decode the dealings; only what is not there yet is looked for here."""
            if name != "dealings":
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            decoded = _DEALINGS.decode(self._packed_dealings)
            object.__setattr__(self, "dealings", decoded)
            return decoded

    def shares_purchases(self, other: "CustomerState") -> bool:
        """Whether both hold the very same columns of purchases, as states that differ in dealings alone do."""
        return self.items is other.items and self.recent is other.recent

    @property
    def has_bought(self) -> bool:
        """Whether anything was bought and kept."""
        return self.lines > 0
