"""The orders among the remembered lines: what was bought at one time."""

from typing import NamedTuple

import numpy as np

from recommender.customers import RecentLines


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
    begin, end = recent.at_s.searchsorted(np.array((max(from_s, 0), max(now_s, -1) + 1), np.uint32))
    times, numbers = recent.at_s[begin:end].tolist(), recent.number[begin:end].tolist()
    grouped: dict[int, dict[int, None]] = {}
    for at_s, number in zip(times, numbers, strict=True):
        grouped.setdefault(at_s, {})[number] = None
    return tuple(Order(at_s, tuple(grouped[at_s])) for at_s in reversed(grouped))
