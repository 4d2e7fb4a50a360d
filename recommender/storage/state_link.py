"""One connection to the state store that many requests share: commands go out as they come, answers come in order.

redis-py reads the URL (address, TLS, password, database); the connection is a protocol of our own. An answer then costs
one callback instead of a stream, a task and three timers, and what is asked at the same time travels together.
"""

import asyncio
from collections import deque
from typing import Any, cast

import hiredis
from redis.asyncio import Connection, ConnectionPool, SSLConnection, UnixDomainSocketConnection
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

    def __init__(self, timeout_seconds: float) -> None:
        self.run_id = b""
        self.is_lost = False
        self._timeout = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._answers = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._is_ours = False
        self._gone = asyncio.Event()

    @classmethod
    async def open(cls, pool: ConnectionPool, timeout_seconds: float) -> "Link":
        """Connect, and learn which server answers."""
        settings: AbstractConnection = pool.connection_class(**pool.connection_kwargs)
        link = cls(timeout_seconds)
        try:
            async with asyncio.timeout(timeout_seconds):
                await _connect(settings, link)
                link._is_ours = True
                await link._introduce(settings)
        except BaseException:
            await link.close()
            raise
        return link

    async def _introduce(self, settings: AbstractConnection) -> None:
        """Say who we are and which database we mean, and ask which process answers."""
        if settings.credential_provider is not None:
            await self.ask(_packed("AUTH", *await settings.credential_provider.get_credentials_async()))
        elif settings.password is not None:
            named = () if settings.username is None else (settings.username,)
            await self.ask(_packed("AUTH", *named, settings.password))
        if settings.db:
            await self.ask(_packed("SELECT", str(settings.db)))
        info = await self.ask(_packed("INFO", "server", "replication"))
        self.run_id = run_id_of(info)
        if b"role:master" not in info:
            raise RedisConnectionError("a replica answers, which may not have heard of everything")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, command: bytes) -> asyncio.Future[Any]:
        """Send one packed command; the future is its answer, or the error that it ended with."""
        if self._transport is None or self.is_lost:
            raise RedisConnectionError("the connection was closed")
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
        self._gone.set()
        self._lose(RedisConnectionError(f"the server closed the connection: {exc or 'end of stream'}"))

    def give_up(self) -> None:
        """Ask nothing any more; who waits is told."""
        self._lose(RedisConnectionError("the connection was closed"))

    async def close(self) -> None:
        """Close the connection at once."""
        self.give_up()
        if (
            self._is_ours
        ):  # who gives up while it is connected is never told that it is gone: uvloop closes it by itself
            await self._gone.wait()  # the event loop lets go of it in its next round

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
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(error)


async def _connect(settings: AbstractConnection, link: Link) -> None:
    loop = asyncio.get_running_loop()
    if isinstance(settings, UnixDomainSocketConnection):
        await loop.create_unix_connection(lambda: link, settings.path)
    elif isinstance(settings, Connection):
        context = settings.ssl_context.get() if isinstance(settings, SSLConnection) else None
        await loop.create_connection(lambda: link, settings.host, settings.port, ssl=context)


def _packed(*words: str) -> bytes:
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its types forget tuples of any length
    return packed
