"""A customer's columns by permanent number, mapped into the item space of one bundle by compiled code."""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.types import Float32Array, Int32Array, Int64Array, UInt16Array, UInt32Array


class StateColumns(NamedTuple):
    """The arrays of a :class:`recommender.customers.CustomerState`, all writable.

    Attributes
    ----------
    number, owned, orders, first_s, last_s
        One row per item ever kept, by ascending permanent number.
    recent_number, recent_s, recent_quantity
        The last kept order lines, oldest first.
    customer
        ``[orders, first_s, last_s]`` of the customer, ``int64``.
    """

    number: UInt32Array
    owned: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array
    recent_number: UInt32Array
    recent_s: UInt32Array
    recent_quantity: Float32Array
    customer: Int64Array


class BoughtItems(NamedTuple):
    """One customer in bundle space: rows by ascending item index, and the recent lines; see :class:`recommender.data.History`."""

    item: Int32Array
    owned: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array
    recent_item: Int32Array
    recent_s: UInt32Array
    recent_quantity: Float32Array
    customer: Int64Array


@njit(cache=True, nogil=True)
def index_of(index_of_number: Int32Array, number: int) -> int:
    """Return the item index of a permanent number, -1 where the bundle does not know it."""
    return int(index_of_number[number]) if number < index_of_number.size else -1


@njit(cache=True, nogil=True)
def bought_items(state: StateColumns, index_of_number: Int32Array) -> BoughtItems:
    """Return what the bundle knows of a customer, as :func:`recommender.data.history_of` does."""
    index = np.empty(state.number.size, np.int32)
    known, highest, is_ascending = 0, -1, True
    for row in range(index.size):
        index[row] = index_of(index_of_number, state.number[row])
        if index[row] >= 0:
            is_ascending = is_ascending and index[row] > highest
            highest = index[row]
            known += 1
    rows = np.arange(index.size) if known == index.size else np.flatnonzero(index >= 0)
    if not is_ascending:
        rows = rows[np.argsort(index[rows])]
    line = np.empty(state.recent_number.size, np.int32)
    at_s, quantity = np.empty(line.size, np.uint32), np.empty(line.size, np.float32)
    lines = 0
    for position in range(line.size):
        item = index_of(index_of_number, state.recent_number[position])
        if item >= 0:
            line[lines], at_s[lines] = item, state.recent_s[position]
            quantity[lines] = state.recent_quantity[position]
            lines += 1
    return BoughtItems(
        index[rows],
        state.owned[rows],
        state.orders[rows],
        state.first_s[rows],
        state.last_s[rows],
        line[:lines],
        at_s[:lines],
        quantity[:lines],
        state.customer,
    )


@njit(cache=True, nogil=True)
def with_in_hand(
    bought: BoughtItems, in_hand: UInt32Array, index_of_number: Int32Array, now_s: int
) -> BoughtItems:
    """Return the same as if the items of cart and session were bought now, as :func:`recommender.data.with_session` does."""
    index = np.empty(in_hand.size, np.int32)
    for position in range(in_hand.size):
        index[position] = index_of(index_of_number, in_hand[position])
    item = _united(bought.item, index)
    owned = np.zeros(item.size, np.float32)
    orders = np.ones(item.size, np.uint16)
    first_s = np.full(item.size, now_s, np.uint32)
    last_s = np.full(item.size, now_s, np.uint32)
    for row in range(bought.item.size):
        at = np.searchsorted(item, bought.item[row])
        owned[at], orders[at] = bought.owned[row], bought.orders[row]
        first_s[at], last_s[at] = bought.first_s[row], bought.last_s[row]
    for position in range(index.size):
        if index[position] >= 0:
            last_s[np.searchsorted(item, index[position])] = now_s
    return BoughtItems(
        item,
        owned,
        orders,
        first_s,
        last_s,
        bought.recent_item,
        bought.recent_s,
        bought.recent_quantity,
        bought.customer,
    )


@njit(cache=True, nogil=True)
def _united(items: Int32Array, more: Int32Array) -> Int32Array:
    """Return ascending items with a few more put in their places; those below 0 are left out."""
    out = np.empty(items.size + more.size, np.int32)
    for row in range(items.size):
        out[row] = items[row]
    size = items.size
    for item in more:
        place = size
        while place > 0 and out[place - 1] > item:
            place -= 1
        if item < 0 or (place > 0 and out[place - 1] == item):
            continue
        for row in range(size, place, -1):
            out[row] = out[row - 1]
        out[place] = item
        size += 1
    return out[:size]
