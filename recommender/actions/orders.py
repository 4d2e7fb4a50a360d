"""The orders among the remembered lines: what was bought at one time."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from recommender.customers import CustomerState, RecentLines

_LATEST: Final = 2**32 - 1


class Order(NamedTuple):
    """What was kept of one order: lines of one customer with one time; numbers in the order of the lines, each once."""

    at_s: int
    numbers: tuple[int, ...]


def orders_since(recent: RecentLines, from_s: int, now_s: int) -> tuple[Order, ...]:
    """Return the orders from ``from_s`` to ``now_s``, both inclusive, newest first.

    Examples
    --------
    >>> lines = RecentLines(np.array([4, 7, 7, 9], np.uint32), np.array([10, 20, 20, 30], np.uint32),
    ...                     np.ones(4, np.float32))
    >>> orders_since(lines, 15, 25)
    (Order(at_s=20, numbers=(7,)),)
    """
    begin = recent.at_s.searchsorted(np.uint32(min(max(from_s, 0), _LATEST)))
    grouped: dict[int, dict[int, None]] = {}
    latest_s = -1
    for at_s, number in zip(recent.at_s[begin:].tolist(), recent.number[begin:].tolist(), strict=True):
        if at_s != latest_s:
            if at_s > now_s:
                break
            latest_s, grouped[at_s] = at_s, {}
        grouped[at_s][number] = None
    return tuple([Order(at_s, tuple(numbers)) for at_s, numbers in reversed(grouped.items())])


def with_serials(
    orders: tuple[Order, ...], state: CustomerState, from_s: int, now_s: int
) -> tuple[Order, ...]:
    """Return orders in which of units with serials those are that were kept: the lines know no serials.

    Parameters
    ----------
    orders
        From ``from_s`` to ``now_s``, newest first.
    state
        Whose.
    """
    bought = _bought_by_serial(state)
    if not bought:
        return orders
    first_s = max(from_s, int(state.recent.at_s[0]) if len(state.recent) else from_s)
    grouped = {
        order.at_s: {
            number: None for number in order.numbers if order.at_s in bought.get(number, {order.at_s})
        }
        for order in orders
    }
    for number, times in bought.items():
        for at_s in times:
            if first_s <= at_s <= now_s:
                grouped.setdefault(at_s, {})[number] = None
    newest_first = sorted(grouped.items(), reverse=True)
    return tuple([Order(at_s, tuple(numbers)) for at_s, numbers in newest_first if numbers])


def _bought_by_serial(state: CustomerState) -> Mapping[int, set[int]]:
    """Return when each item was bought of which all units are known and some have serials, gifts included."""
    units = state.dealings.units
    with_serial = {unit.number for unit in units if unit.serial is not None}
    if not with_serial:
        return {}
    counts = Counter[int]()
    times: dict[int, set[int]] = {}
    for unit in units:
        if unit.number in with_serial:
            counts[unit.number] += unit.count
            times.setdefault(unit.number, set()).add(unit.bought_s)
    for gift in state.dealings.gifts:
        if gift.number in times:
            times[gift.number].add(gift.at_s)
    return {number: known for number, known in times.items() if counts[number] == _owned(state, number)}


def _owned(state: CustomerState, number: int) -> float:
    held = state.items.number
    row = int(held.searchsorted(np.uint32(number)))
    return float(state.items.owned[row]) if row < held.size and held[row] == number else 0.0
