"""Reading one customer's state in one round trip, with as little Python as possible.

redis-py's ``execute_command`` costs four times as much as its own connection does; this reader keeps a few
connections per event loop and speaks to them directly. Each knows the run id of the server process it is connected
to, read when it was connected, also after a silent reconnect: a value counts only if that server was brought up to date.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from recommender.errors import StateUnavailableError
from recommender.storage.breaker import Breaker
from recommender.storage.state_keys import StateKeys
from recommender.storage.state_layout import StateRead, decode
from recommender.types import CustomerId

FAILURES = (RedisError, OSError, TimeoutError)


def run_id_of(info: bytes) -> bytes:
    r"""Return the run id in the answer to ``INFO server``.

    Examples
    --------
    >>> run_id_of(b"# Server\r\nrun_id:abc\r\ntcp_port:0\r\n")
    b'abc'
    """
    return info.partition(b"run_id:")[2].partition(b"\r\n")[0]


class Link:
    """One connection, and the run id of the server at its other end."""

    __slots__ = ("connection", "run_id")

    def __init__(self, pool: ConnectionPool) -> None:
        self.run_id = b""
        arguments: dict[str, Any] = {**pool.connection_kwargs, "redis_connect_func": self._greet}
        self.connection: AbstractConnection = pool.connection_class(**arguments)

    async def _greet(self, connection: AbstractConnection) -> None:
        self.run_id = b""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        self.run_id = run_id_of(await connection.read_response())

    async def ask(self, command: bytes) -> Any:
        """Send one packed command and return its answer."""
        await self.connection.send_packed_command(command, check_health=False)
        return await self.connection.read_response()

    async def close(self) -> None:
        """Close the connection at once."""
        await self.connection.disconnect(nowait=True)


class StateReader:
    """Reads states for the event loop that calls it; not to be shared between threads without a loop of their own.

    Parameters
    ----------
    url
        ``redis://``, ``rediss://`` or ``unix://`` URL.
    breaker
        Shared with the writing side: while it is open, nothing is asked.
    timeout_seconds
        After this long the store counts as unavailable.
    """

    def __init__(self, url: str, keys: StateKeys, breaker: Breaker, *, timeout_seconds: float) -> None:
        self._pool = ConnectionPool.from_url(
            url, socket_connect_timeout=timeout_seconds, retry=Retry(NoBackoff(), 0), protocol=2
        )
        self._keys = keys
        self._breaker = breaker
        self._timeout = timeout_seconds
        self._idle: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Link]] = WeakKeyDictionary()
        self._prefix = b"*3\r\n$4\r\nMGET\r\n$%d\r\n%b\r\n" % (len(keys.epoch), keys.epoch)

    async def read(self, customer_id: CustomerId) -> StateRead:
        """Return what the store knows of one customer: one ``MGET`` of the epoch and the state.

        Raises
        ------
        StateUnavailableError
            When the store does not answer in time, or answers with an error.
        """
        if self._breaker.is_open():
            raise StateUnavailableError("the state store did not answer a moment ago")
        key = self._keys.customer(customer_id)
        command = b"%b$%d\r\n%b\r\n" % (self._prefix, len(key), key)
        idle = self._links()
        link = idle.pop() if idle else Link(self._pool)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await link.ask(command)
        except FAILURES as error:
            await link.close()
            self._breaker.trip()
            raise StateUnavailableError(f"the state store does not answer a read: {error}") from error
        except BaseException:
            await link.close()
            raise
        idle.append(link)
        return decode(answer[1], current=answer[0] is not None and answer[0] == link.run_id)

    def _links(self) -> list[Link]:
        loop = asyncio.get_running_loop()
        try:
            return self._idle[loop]
        except KeyError:
            return self._idle.setdefault(loop, [])

    async def close(self) -> None:
        """Close the idle connections of the running event loop."""
        idle = self._links()
        while idle:
            await idle.pop().close()
