"""Reading one customer's state in one round trip, with as little Python as possible.

redis-py's ``execute_command`` costs several times as much as the answer does; this reader keeps one connection per
event loop and speaks to it directly. The connection knows the run id of the server process at its other end, read when
it was connected: a value counts only if that server was brought up to date.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from recommender.errors import StateUnavailableError
from recommender.storage.breaker import Breaker
from recommender.storage.state_keys import StateKeys
from recommender.storage.state_layout import StateRead, decode
from recommender.storage.state_link import Link
from recommender.types import CustomerId

FAILURES = (RedisError, OSError, TimeoutError)


class _Place:
    """The connection of one event loop, made by whoever needs it first."""

    __slots__ = ("connecting", "link")

    def __init__(self) -> None:
        self.link: Link | None = None
        self.connecting = asyncio.Lock()


class StateReader:
    """Reads states for the event loop that calls it; not to be shared between threads without a loop of their own.

    Parameters
    ----------
    reading
        Returns how to connect to whoever has the states now.
    breaker
        Shared with the writing side: while it is open, nothing is asked.
    timeout_seconds
        After this long the store counts as unavailable.
    """

    def __init__(
        self,
        reading: Callable[[], ConnectionPool],
        keys: StateKeys,
        breaker: Breaker,
        *,
        timeout_seconds: float,
    ) -> None:
        self._reading = reading
        self._keys = keys
        self._breaker = breaker
        self._timeout = timeout_seconds
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, _Place] = WeakKeyDictionary()
        self._prefix = b"*3\r\n$4\r\nMGET\r\n$%d\r\n%b\r\n" % (len(keys.epoch), keys.epoch)

    async def read(self, customer_id: CustomerId) -> StateRead:
        """Return what the store knows of one customer: one ``MGET`` of the epoch and the state.

        Raises
        ------
        StateUnavailableError
            When the store does not answer in time, or answers with an error.
        """
        self._refuse_while_open()
        key = self._keys.customer(customer_id)
        place = self._place()
        link = place.link
        try:
            if link is None or link.is_lost:
                link = await self._connected(place)
            answer = await link.ask(b"%b$%d\r\n%b\r\n" % (self._prefix, len(key), key))
        except FAILURES as error:
            self._breaker.trip()
            if link is not None:
                await link.close()
            raise StateUnavailableError(f"the state store does not answer a read: {error}") from error
        return decode(answer[1], current=answer[0] is not None and answer[0] == link.run_id)

    def reconnect(self) -> None:
        """Have every event loop connect anew; may be called from any thread."""
        for loop, place in list(self._places.items()):
            if place.link is not None:
                with suppress(RuntimeError):  # a loop that has ended reads nothing any more
                    loop.call_soon_threadsafe(place.link.give_up)

    def _refuse_while_open(self) -> None:
        if self._breaker.is_open():
            raise StateUnavailableError("the state store did not answer a moment ago")

    async def _connected(self, place: _Place) -> Link:
        """Return the link of this loop; of many that find none, one connects and the others wait for it."""
        async with place.connecting:
            link = place.link
            if link is not None and not link.is_lost:
                return link
            self._refuse_while_open()
            if link is not None:
                await link.close()
            place.link = await Link.open(self._reading(), self._timeout)
            return place.link

    def _place(self) -> _Place:
        loop = asyncio.get_running_loop()
        try:
            return self._places[loop]
        except KeyError:
            return self._places.setdefault(loop, _Place())

    async def close(self) -> None:
        """Close the connection of the running event loop."""
        place = self._place()
        if place.link is not None:
            await place.link.close()
            place.link = None
