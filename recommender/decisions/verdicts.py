"""What the gates take and give, and the two steps that all of them share."""

from typing import NamedTuple

from numba import njit

from recommender.candidates.codes import IS_ALLOWED
from recommender.types import Float32Array, Int32Array, Int64Array, UInt8Array, UInt16Array, UInt32Array


class Purchased(NamedTuple):
    """Everything that the customer ever bought and did not give back, by permanent number.

    Attributes
    ----------
    number, owned, last_s
        ``uint32``, ``float32`` (0: only as a gift), ``uint32`` seconds since 1970; each ``[p]``.
    """

    number: UInt32Array
    owned: Float32Array
    last_s: UInt32Array


class Refills(NamedTuple):
    """The candidates of buy-again: what the customer bought, by item index.

    Attributes
    ----------
    item, owned, orders, last_s
        Ascending ``int32``, ``float32``, ``uint16``, ``uint32``; each ``[h]``.
    due_at_s
        When the item is expected to be bought again, ``int64 [h]``.
    """

    item: Int32Array
    owned: Float32Array
    orders: UInt16Array
    last_s: UInt32Array
    due_at_s: Int64Array


class Verdict(NamedTuple):
    """The code of every candidate (0: allowed) and how many candidates have each code.

    Attributes
    ----------
    code
        ``uint8``, one per candidate.
    counts
        ``int64 [codes]``.
    """

    code: UInt8Array
    counts: Int64Array


@njit(cache=True, nogil=True)
def close(code: UInt8Array, counts: Int64Array, candidate: int, why: int) -> None:
    """Keep a candidate out, unless an earlier gate already does."""
    before = code[candidate]
    if before == IS_ALLOWED or why < before:
        code[candidate] = why
        counts[before] -= 1
        counts[why] += 1


@njit(cache=True, nogil=True)
def variants_of(of_number: Int32Array, start: Int32Array, number: int) -> tuple[int, int]:
    """Return where the items of the bundle that share the group of a permanent number begin and end."""
    if number >= len(of_number) or of_number[number] < 0:
        return 0, 0
    group = of_number[number]
    return start[group], start[group + 1]
