"""One at a time per customer: those who would only conflict with each other wait instead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias
from weakref import WeakValueDictionary

from recommender.types import CustomerId

_Key: TypeAlias = tuple[int, CustomerId]


class Turns:
    """Locks by customer, for the callers of one event loop; they vanish when nobody holds or waits for them.

    Only a courtesy: other loops, workers and machines are held off by the version of the customer in the log.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, customer_id: CustomerId) -> AsyncIterator[None]:
        """Wait for the customer's turn."""
        key = (id(asyncio.get_running_loop()), customer_id)
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield
