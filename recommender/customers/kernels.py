"""The compiled loops of the fold.

``fold`` of one customer and ``fold_columns`` of all of them run exactly these loops on exactly these types, which
is why they agree bit for bit. Imported only when something is folded: compiling costs start-up time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.customers.lines import PURCHASE, RETURN
from recommender.types import (
    BoolArray,
    Float32Array,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt16Array,
    UInt32Array,
)

ALMOST_NOTHING = 1e-12
"""Share of the quantities bought and returned below which a rest is an artefact of floating point, not goods."""

_SMALLEST = float(np.finfo(np.float32).tiny)
_LARGEST = float(np.finfo(np.float32).max)
_MOST_ORDERS = 65_535


class Rows(NamedTuple):
    """The columns the loops read; ``at_s`` is clipped to whole seconds since 1970."""

    customer: Int32Array
    order: Int32Array
    number: UInt32Array
    quantity: Float64Array
    kind: UInt8Array
    is_gift: BoolArray
    at_s: UInt32Array
    serial: Int32Array
    line: Int32Array


class Left(NamedTuple):
    """What returns left of every purchase so far, and where they look for more of the item at hand.

    ``newest`` has the newest line of each order and ``older`` the line before each; ``stack`` are the purchases that
    came before, of which the caller knows the height.
    """

    kept: Float64Array
    newest: Int64Array
    older: Int64Array
    stack: Int64Array


class Holdings(NamedTuple):
    """Holdings of all customers, one after the other."""

    customer: Int32Array
    number: UInt32Array
    owned: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array


class Held(NamedTuple):
    """What one customer kept of one item."""

    lines: int
    quantity: float
    orders: int
    first_s: np.uint32
    last_s: np.uint32


class Totals(NamedTuple):
    """One row per customer."""

    orders: Int64Array
    lines: Int64Array
    first_s: UInt32Array
    last_s: UInt32Array
    unmatched: Int64Array


@njit(cache=True, nogil=True)
def group_bounds(customer: Int32Array, number: UInt32Array, by_item: Int64Array) -> Int64Array:
    """Return where every run of one (customer, item) begins, and at last where the last one ends."""
    bounds = np.empty(by_item.size + 1, np.int64)
    n = 0
    for place in range(by_item.size):
        row, before = by_item[place], by_item[place - 1] if place > 0 else by_item[place]
        if place == 0 or customer[row] != customer[before] or number[row] != number[before]:
            bounds[n] = place
            n += 1
    bounds[n] = by_item.size
    return bounds[: n + 1]


@njit(cache=True, nogil=True)
def open_purchases(
    rows: Rows, group: Int64Array, kept: Float64Array, newest: Int64Array, older: Int64Array
) -> None:
    """Set what each purchase of the group starts with, and chain the lines of each order from new to old."""
    for row in group:
        if rows.order[row] >= 0:
            newest[rows.order[row]] = -1
    for row in group:
        if rows.kind[row] == PURCHASE and rows.quantity[row] > 0.0:
            kept[row] = rows.quantity[row]
            order = rows.order[row]
            if order >= 0:
                older[row] = newest[order]
                newest[order] = row


@njit(cache=True, nogil=True)
def take_back(rows: Rows, row: int, asked: float, rest: float, kept: Float64Array) -> float:
    """Take ``rest`` of the ``asked`` quantity out of one purchase; return what it could not give."""
    have = kept[row]
    artefact = ALMOST_NOTHING * (rows.quantity[row] + asked)
    if rest < have - artefact:
        kept[row] = have - rest
        return 0.0
    kept[row] = 0.0
    lacking = rest - have
    return lacking if lacking > artefact else 0.0


@njit(cache=True, nogil=True)
def take_named(rows: Rows, back: int, names: Int32Array, rest: float, left: Left) -> float:
    """Take the rest of a return out of those lines of its order that have its name in ``names``, newest first."""
    row = left.newest[rows.order[back]]
    while rest > 0.0 and row >= 0:
        if left.kept[row] > 0.0 and names[row] == names[back]:
            rest = take_back(rows, row, rows.quantity[back], rest, left.kept)
        row = left.older[row]
    return rest


@njit(cache=True, nogil=True)
def take_serial(rows: Rows, back: int, rest: float, left: Left, height: int) -> float:
    """Take the rest of a return out of the purchases on the stack that have its serial, newest first."""
    while rest > 0.0 and height > 0:
        height -= 1
        row = left.stack[height]
        if left.kept[row] > 0.0 and rows.serial[row] == rows.serial[back]:
            rest = take_back(rows, row, rows.quantity[back], rest, left.kept)
    return rest


@njit(cache=True, nogil=True)
def take_from_order(rows: Rows, back: int, rest: float, left: Left) -> float:
    """Take the rest of a return out of the lines of its order, newest first, wherever the clock put them."""
    order = rows.order[back]
    while rest > 0.0 and left.newest[order] >= 0:
        row = left.newest[order]
        if left.kept[row] > 0.0:
            rest = take_back(rows, row, rows.quantity[back], rest, left.kept)
        if left.kept[row] == 0.0:
            left.newest[order] = left.older[row]
    return rest


@njit(cache=True, nogil=True)
def take_newest(rows: Rows, back: int, rest: float, left: Left, height: int) -> tuple[float, int]:
    """Take the rest of a return out of the purchases on the stack, newest first; return the rest and the stack's height."""
    while rest > 0.0 and height > 0:
        row = left.stack[height - 1]
        if left.kept[row] > 0.0:
            rest = take_back(rows, row, rows.quantity[back], rest, left.kept)
        if left.kept[row] == 0.0:
            height -= 1
    return rest, height


@njit(cache=True, nogil=True)
def give_back(rows: Rows, back: int, left: Left, height: int) -> tuple[float, int]:
    """Spend one return: on the serial, on the line, on the order, on what came before; return as :func:`take_newest`."""
    rest = rows.quantity[back]
    has_order, has_serial = rows.order[back] >= 0, rows.serial[back] >= 0
    if has_serial and has_order:
        rest = take_named(rows, back, rows.serial, rest, left)
    if has_serial:
        rest = take_serial(rows, back, rest, left, height)
    if has_order and rows.line[back] >= 0:
        rest = take_named(rows, back, rows.line, rest, left)
    if has_order:
        rest = take_from_order(rows, back, rest, left)
    rest, height = take_newest(rows, back, rest, left, height)
    return rest, height


@njit(cache=True, nogil=True)
def drop_cancelled(rows: Rows, is_cancelled: BoolArray, kept: Float64Array) -> None:
    """Keep nothing of a cancelled order."""
    for row in range(rows.order.size):
        if rows.order[row] >= 0 and is_cancelled[rows.order[row]]:
            kept[row] = 0.0


@njit(cache=True, nogil=True)
def keep_all(rows: Rows, kept: Float64Array) -> None:
    """Keep every purchase whole."""
    for row in range(rows.kind.size):
        if rows.kind[row] == PURCHASE and rows.quantity[row] > 0.0:
            kept[row] = rows.quantity[row]


@njit(cache=True, nogil=True)
def match_rows(rows: Rows, by_item: Int64Array, is_cancelled: BoolArray) -> tuple[Float64Array, BoolArray]:
    """Take returns and cancelled orders out of the purchases.

    Parameters
    ----------
    rows
        The columns.
    by_item
        Row numbers by (customer, item number, rank).
    is_cancelled
        Per order code.

    Returns
    -------
    tuple
        What is kept per row, and which rows are returns that found too little. Linear in the number of rows, besides the
        lines that a return by serial or by line passes over on its way to the one it names.
    """
    kept = np.zeros(rows.customer.size, np.float64)
    is_unmatched = np.zeros(rows.customer.size, np.bool_)
    if not np.any(rows.kind == RETURN):  # most customers, and far faster
        keep_all(rows, kept)
        drop_cancelled(rows, is_cancelled, kept)
        return kept, is_unmatched
    newest = np.empty(is_cancelled.size, np.int64)
    older = np.empty(rows.customer.size, np.int64)
    stack = np.empty(rows.customer.size, np.int64)
    left = Left(kept, newest, older, stack)
    bounds = group_bounds(rows.customer, rows.number, by_item)
    for at in range(bounds.size - 1):
        group = by_item[bounds[at] : bounds[at + 1]]
        open_purchases(rows, group, kept, newest, older)
        height = 0
        for row in group:
            order = rows.order[row]
            if rows.kind[row] == PURCHASE and kept[row] > 0.0:
                if rows.customer[row] >= 0 and not (order >= 0 and is_cancelled[order]):
                    stack[height] = row
                    height += 1
            elif rows.kind[row] == RETURN and rows.quantity[row] > 0.0:
                rest, height = give_back(rows, row, left, height)
                is_unmatched[row] = rest > 0.0
    drop_cancelled(rows, is_cancelled, kept)
    return kept, is_unmatched


@njit(cache=True, nogil=True)
def as_float32(quantity: float) -> float:
    """Fit a quantity into a float32 without turning something into nothing or into infinity."""
    if quantity <= 0.0:
        return 0.0
    return min(max(quantity, _SMALLEST), _LARGEST)


@njit(cache=True, nogil=True)
def sum_group(rows: Rows, group: Int64Array, kept: Float64Array, counted_for: Int64Array, stamp: int) -> Held:
    """Sum what one customer kept of one item; ``counted_for`` remembers per order the stamp of its last group."""
    quantity = 0.0
    lines = 0
    orders = 0
    first = np.uint32(0)
    last = np.uint32(0)
    for row in group:
        if kept[row] <= 0.0:
            continue
        if not rows.is_gift[row]:
            quantity += kept[row]
        order = rows.order[row]
        if order < 0 or counted_for[order] != stamp:
            orders += 1
        if order >= 0:
            counted_for[order] = stamp
        first = rows.at_s[row] if lines == 0 else min(first, rows.at_s[row])
        last = rows.at_s[row] if lines == 0 else max(last, rows.at_s[row])
        lines += 1
    return Held(lines, as_float32(quantity), min(orders, _MOST_ORDERS), first, last)


@njit(cache=True, nogil=True)
def hold(rows: Rows, by_item: Int64Array, kept: Float64Array, n_orders: int) -> Holdings:
    """Sum what every customer kept of every item, by ascending (customer, item number); guests hold nothing."""
    size = by_item.size
    customer = np.empty(size, np.int32)
    number = np.empty(size, np.uint32)
    owned = np.empty(size, np.float32)
    orders = np.empty(size, np.uint16)
    first_s = np.empty(size, np.uint32)
    last_s = np.empty(size, np.uint32)
    counted_for = np.full(n_orders, -1, np.int64)
    bounds = group_bounds(rows.customer, rows.number, by_item)
    n = 0
    for at in range(bounds.size - 1):
        start = bounds[at]
        held = sum_group(rows, by_item[start : bounds[at + 1]], kept, counted_for, start)
        if held.lines > 0 and rows.customer[by_item[start]] >= 0:
            customer[n] = rows.customer[by_item[start]]
            number[n] = rows.number[by_item[start]]
            owned[n] = held.quantity
            orders[n] = held.orders
            first_s[n] = held.first_s
            last_s[n] = held.last_s
            n += 1
    return Holdings(customer[:n], number[:n], owned[:n], orders[:n], first_s[:n], last_s[:n])


@njit(cache=True, nogil=True)
def total(rows: Rows, kept: Float64Array, is_unmatched: BoolArray, n_customers: int, n_orders: int) -> Totals:
    """Count orders, lines and unmatched returns of every customer, with the first and last kept purchase."""
    orders = np.zeros(n_customers, np.int64)
    lines = np.zeros(n_customers, np.int64)
    first_s = np.zeros(n_customers, np.uint32)
    last_s = np.zeros(n_customers, np.uint32)
    unmatched = np.zeros(n_customers, np.int64)
    is_counted = np.zeros(n_orders, np.bool_)
    for row in range(rows.customer.size):
        customer = rows.customer[row]
        if customer < 0:
            continue
        if is_unmatched[row]:
            unmatched[customer] += 1
        if kept[row] <= 0.0:
            continue
        at_s = rows.at_s[row]
        first_s[customer] = at_s if lines[customer] == 0 else min(first_s[customer], at_s)
        last_s[customer] = at_s if lines[customer] == 0 else max(last_s[customer], at_s)
        lines[customer] += 1
        order = rows.order[row]
        if order < 0 or not is_counted[order]:
            orders[customer] += 1
            if order >= 0:
                is_counted[order] = True
    return Totals(orders, lines, first_s, last_s, unmatched)


@njit(cache=True, nogil=True)
def newest_lines(
    rows: Rows, by_rank: Int64Array, kept: Float64Array, start: Int64Array, lines: Int64Array
) -> tuple[UInt32Array, UInt32Array, Float32Array]:
    """Collect each customer's newest kept lines, oldest first.

    ``start[c]`` to ``start[c + 1]`` is the room of customer ``c`` in the answer; ``lines[c]`` counts their kept
    lines, so that the first ones that find no room can be passed over.
    """
    number = np.empty(start[-1], np.uint32)
    at_s = np.empty(start[-1], np.uint32)
    quantity = np.empty(start[-1], np.float32)
    position = np.empty(lines.size, np.int64)
    for customer in range(lines.size):
        position[customer] = start[customer + 1] - lines[customer]
    for row in by_rank:
        customer = rows.customer[row]
        if customer < 0 or kept[row] <= 0.0:
            continue
        place = position[customer]
        position[customer] += 1
        if place >= start[customer]:
            number[place] = rows.number[row]
            at_s[place] = rows.at_s[row]
            quantity[place] = as_float32(kept[row])
    return number, at_s, quantity
