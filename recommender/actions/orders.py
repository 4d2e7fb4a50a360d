"""The orders among the remembered lines: what was bought at one time."""

from typing import Final, NamedTuple

import numpy as np

from recommender.customers import RecentLines

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
