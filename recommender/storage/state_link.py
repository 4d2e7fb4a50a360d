"""One connection to the state store that many requests share: commands go out as they come, answers come in order.

redis-py connects (TLS, password, database); then its transport is given to a protocol of our own. An answer then costs
one callback instead of a stream, a task and three timers, and what is asked at the same time travels together.
"""

import asyncio
from collections import deque
from typing import Any

import hiredis
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError


def run_id_of(info: bytes) -> bytes:
    r"""Return the run id in the answer to ``INFO server``.

    Examples
    --------
    >>> run_id_of(b"# Server\r\nrun_id:abc\r\ntcp_port:0\r\n")
    b'abc'
    """
    return info.partition(b"run_id:")[2].partition(b"\r\n")[0]


class Link(asyncio.Protocol):
    """One connection, and the run id of the server at its other end; never reconnected, only replaced.

    Attributes
    ----------
    is_lost
        Nothing can be asked any more.
    """

    def __init__(self, connection: AbstractConnection, run_id: bytes, timeout_seconds: float) -> None:
        self.run_id = run_id
        self.is_lost = False
        self._connection = connection
        self._timeout = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._answers = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        writer = connection._writer
        if writer is None:
            raise RedisConnectionError("the connection was closed")
        self._transport = writer.transport
        self._transport.set_protocol(self)

    @classmethod
    async def open(cls, pool: ConnectionPool, timeout_seconds: float) -> "Link":
        """Connect, and learn which server answers."""
        connection: AbstractConnection = pool.connection_class(**pool.connection_kwargs)
        try:
            async with asyncio.timeout(timeout_seconds):
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.send_command("INFO", "server")
                run_id = run_id_of(await connection.read_response())
            return cls(connection, run_id, timeout_seconds)
        except BaseException:
            await connection.disconnect(nowait=True)
            raise

    def ask(self, command: bytes) -> asyncio.Future[Any]:
        """Send one packed command; the future is its answer, or the error that it ended with."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        now = self._loop.time()
        self._waiting.append((answer, now + self._timeout))
        if self._watch is None:
            self._watch = self._loop.call_at(now + self._timeout, self._look)
        self._transport.write(command)
        return answer

    def data_received(self, data: bytes) -> None:
        """Hand out the answers that are complete."""
        try:
            self._answers.feed(data)
            while (answer := self._answers.gets()) is not False:
                self._hand_out(answer)
        except (hiredis.HiredisError, IndexError) as error:
            self._lose(RedisConnectionError(f"not an answer to what was asked: {type(error).__name__}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self._lose(RedisConnectionError(f"the server closed the connection: {exc or 'end of stream'}"))

    async def close(self) -> None:
        """Close the connection at once."""
        self._lose(RedisConnectionError("the connection was closed"))
        await self._connection.disconnect(nowait=True)

    def _hand_out(self, answer: Any) -> None:
        future, _ = self._waiting.popleft()
        if future.done():  # whoever asked has gone
            return
        if isinstance(answer, hiredis.ReplyError):
            future.set_exception(ResponseError(str(answer)))
        else:
            future.set_result(answer)

    def _look(self) -> None:
        """Give up when the oldest question is overdue; one timer serves all of them."""
        self._watch = None
        if not self._waiting or self.is_lost:
            return
        due = self._waiting[0][1]
        if due <= self._loop.time():
            self._lose(TimeoutError("no answer in time"))
        else:
            self._watch = self._loop.call_at(due, self._look)

    def _lose(self, error: RedisError | TimeoutError) -> None:
        if not self.is_lost:
            self.is_lost = True
            self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(error)
