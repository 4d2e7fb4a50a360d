"""The columns of a packed customer state, read by compiled code: see :mod:`recommender.customers.packing` for the layout."""

import numpy as np
from numba import njit

from recommender.types import Float32Array, UInt8Array, UInt16Array, UInt32Array


@njit(cache=True, nogil=True)
def unpacked_columns(
    data: UInt8Array, at: int, counts: tuple[int, int, int], widths: tuple[int, int, int, int]
) -> tuple[
    UInt32Array,
    Float32Array,
    UInt16Array,
    UInt32Array,
    UInt32Array,
    UInt32Array,
    UInt32Array,
    Float32Array,
]:
    """Return the columns of items, then those of recent lines.

    Parameters
    ----------
    data
        The packed value, as long as its header says.
    at
        Where the columns begin.
    counts
        Items, recent lines and distinct times.
    widths
        Bytes of a quantity, a count of orders, the position of a time, the position of an item.

    Returns
    -------
    tuple
        Item number, quantity owned, orders, first and last time of each item; number, time and quantity of each line.

    Raises
    ------
    IndexError
        A position lies outside of its table.
    """
    items, lines, times = counts
    time = _unsigned(data, at, times, 4)
    at += 4 * times
    number = _unsigned(data, at, items, 4)
    at += 4 * items
    amount = _unsigned(data, at, items + lines, widths[0])
    quantity = amount.view(np.float32) if widths[0] == 4 else amount.astype(np.float32)
    at += widths[0] * (items + lines)
    orders = _unsigned(data, at, items, widths[1]).astype(np.uint16)
    at += widths[1] * items
    moment = _unsigned(data, at, 2 * items + lines, widths[2])
    _look_up(moment, time)
    at += widths[2] * (2 * items + lines)
    line = _unsigned(data, at, lines, widths[3])
    _look_up(line, number)
    return (
        number,
        quantity[:items].copy(),
        orders,
        moment[:items].copy(),
        moment[items : 2 * items].copy(),
        line,
        moment[2 * items :].copy(),
        quantity[items:].copy(),
    )


@njit(cache=True, nogil=True)
def _look_up(positions: UInt32Array, table: UInt32Array) -> None:
    """Replace positions by what stands there."""
    for position in range(positions.size):
        if positions[position] >= table.size:
            raise IndexError("a position outside of its table")
        positions[position] = table[positions[position]]


@njit(cache=True, nogil=True)
def _unsigned(data: UInt8Array, at: int, count: int, width: int) -> UInt32Array:
    """Return little-endian whole numbers of one, two or four bytes."""
    out = np.empty(count, np.uint32)
    for position in range(count):
        begin = at + position * width
        value = np.uint32(data[begin])
        if width >= 2:
            value |= np.uint32(data[begin + 1]) << np.uint32(8)
        if width == 4:
            value |= np.uint32(data[begin + 2]) << np.uint32(16)
            value |= np.uint32(data[begin + 3]) << np.uint32(24)
        out[position] = value
    return out
