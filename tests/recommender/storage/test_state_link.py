"""The shared connection to a real server, and what networks do to connections: nobody gets another one's answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias, cast

import pytest
import uvloop
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from recommender.errors import StateUnavailableError
from recommender.storage.breaker import Breaker
from recommender.storage.state_keys import StateKeys
from recommender.storage.state_link import Link
from recommender.storage.state_reader import StateReader
from recommender.types import CustomerId
from tests.valkey import Valkey

Deliver: TypeAlias = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def server() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.close()


def pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2)


@asynccontextmanager
async def opened(url: str, timeout_seconds: float = 20.0) -> AsyncIterator[Link]:
    link = await Link.open(pool(url), timeout_seconds)
    try:
        yield link
    finally:
        await link.close()


def echo(word: bytes) -> bytes:
    return b"*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (len(word), word)


@asynccontextmanager
async def network(server: Valkey, deliver: Deliver) -> AsyncIterator[str]:
    """A TCP way to the server; ``deliver`` hands each piece of its answers on, in its own manner."""

    open_tasks: set[asyncio.Task[None]] = set()

    async def ask(reader: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            forth.write(data)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(server.url.removeprefix("unix://"))
        asking = asyncio.create_task(ask(reader, forth))
        open_tasks.update((asking, cast("asyncio.Task[None]", asyncio.current_task())))
        try:
            while data := await back.read(65_536):
                await deliver(data, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        asking.cancel()
        for end in (forth, writer):
            end.close()
            with suppress(ConnectionError):
                await end.wait_closed()

    listening = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        for task in open_tasks:
            task.cancel()
        await asyncio.gather(*open_tasks, return_exceptions=True)


async def byte_by_byte(data: bytes, writer: asyncio.StreamWriter) -> None:
    for place in range(len(data)):
        writer.write(data[place : place + 1])
        await writer.drain()
        await asyncio.sleep(0)


def cut_after(count: int) -> Deliver:
    """Deliver so many answers, and half of the next; then close."""
    seen = 0

    async def deliver(data: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        writer.write(data if seen <= count else data[: len(data) // 2])
        await writer.drain()
        if seen > count:
            writer.transport.abort()

    return deliver


def test_many_who_ask_at_once_get_their_own_answers(server: Valkey) -> None:
    async def run() -> None:
        async with opened(server.url) as link:
            words = [b"word-%d" % place * (place % 50 + 1) for place in range(500)]
            assert await asyncio.gather(*(link.ask(echo(word)) for word in words)) == words

    asyncio.run(run())


def test_answers_that_come_in_pieces_are_put_together(server: Valkey) -> None:
    async def run() -> None:
        async with network(server, byte_by_byte) as url, opened(url) as link:
            words = [b"a", b"", b"\r\n", b"x" * 300]
            assert await asyncio.gather(*(link.ask(echo(word)) for word in words)) == words

    asyncio.run(run())


def test_whoever_gives_up_does_not_shift_the_answers_of_the_others(server: Valkey) -> None:
    async def run() -> None:
        async with opened(server.url) as link:
            asked = [link.ask(echo(b"%d" % place)) for place in range(100)]
            for future in asked[::3]:
                future.cancel()
            for place, future in enumerate(asked):
                if place % 3:
                    assert await future == b"%d" % place
            assert await link.ask(echo(b"after")) == b"after"

    asyncio.run(run())


def test_an_error_is_the_answer_of_one_and_the_link_lives(server: Valkey) -> None:
    async def run() -> None:
        async with opened(server.url) as link:
            before, wrong, after = (
                link.ask(echo(b"a")), link.ask(b"*1\r\n$5\r\nWRONG\r\n"), link.ask(echo(b"b"))
            )  # fmt: skip
            with pytest.raises(ResponseError, match="unknown command"):
                await wrong
            assert (await before, await after, link.is_lost) == (b"a", b"b", False)

    asyncio.run(run())


def test_a_server_that_closes_in_the_middle_of_an_answer_fails_everybody_who_waits(server: Valkey) -> None:
    async def run() -> None:
        async with network(server, cut_after(1)) as url, opened(url) as link:
            asked = [link.ask(echo(b"x" * 1000)) for _ in range(20)]
            ended = await asyncio.gather(*asked, return_exceptions=True)
            whole = [end for end in ended if not isinstance(end, RedisConnectionError)]
            assert len(whole) < 20
            assert ended[: len(whole)] == [b"x" * 1000] * len(whole)
            assert link.is_lost
            with pytest.raises(RedisConnectionError):
                link.ask(echo(b"more"))

    asyncio.run(run())


def test_a_killed_server_fails_everybody_who_waits_at_once(server: Valkey) -> None:
    async def run() -> None:
        async with opened(server.url, timeout_seconds=600) as link:
            server.freeze()
            asked = [link.ask(echo(b"x")) for _ in range(20)]
            await asyncio.sleep(0)
            server.kill()
            ended = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(end) for end in ended} == {RedisConnectionError}

    asyncio.run(run())


def test_a_server_that_hangs_is_given_up_in_time(server: Valkey) -> None:
    async def run() -> None:
        async with opened(server.url, timeout_seconds=2.0) as link:
            server.freeze()
            ended = await asyncio.gather(*(link.ask(echo(b"x")) for _ in range(5)), return_exceptions=True)
            assert {type(end) for end in ended} == {TimeoutError}
            assert link.is_lost
        with pytest.raises((RedisError, OSError, TimeoutError)):
            await Link.open(pool(server.url), 0.2)
        server.thaw()

    asyncio.run(run())


@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"$3\r\nabcdef", b"+OK\r\n" * 50])
def test_what_is_no_answer_to_what_was_asked_ends_the_link(server: Valkey, nonsense: bytes) -> None:
    async def run() -> None:
        seen: list[bytes] = []

        async def deliver(data: bytes, writer: asyncio.StreamWriter) -> None:
            seen.append(data)
            writer.write(data if len(seen) == 1 else nonsense)

        async with network(server, deliver) as url, opened(url) as link:
            with suppress(RedisConnectionError):
                await link.ask(echo(b"x"))
            while not link.is_lost:
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_password_and_database_of_the_url_are_used(server: Valkey) -> None:
    async def run() -> None:
        address = server.url
        async with opened(f"{address}?db=3") as link:
            assert await link.ask(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n") == b"OK"
            run_id = link.run_id
        assert server.command("GET", "k") is None
        server.command("CONFIG", "SET", "requirepass", "secret word")
        async with opened(f"{address}?password=secret%20word&db=3") as link:
            assert await link.ask(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n") == b"v"
            assert link.run_id == run_id
        async with opened(f"{address}?username=default&password=secret%20word") as link:
            assert await link.ask(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n") is None
        for refused in ("password=wrong", "db=0"):
            with pytest.raises(ResponseError):
                await Link.open(pool(f"{address}?{refused}"), 20.0)

    asyncio.run(run())


def test_a_reader_connects_again_and_only_once_for_all_who_wait(server: Valkey) -> None:
    keys = StateKeys("shop")

    async def run() -> None:
        reader = StateReader(lambda: pool(server.url), keys, Breaker(seconds=0.0), timeout_seconds=20.0)
        before = server.command("INFO", "stats")["total_connections_received"]
        for _ in range(3):
            await asyncio.gather(*(reader.read(CustomerId(f"c{place}")) for place in range(50)))
            server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            with suppress(StateUnavailableError):  # the first to ask may meet the closed connection
                await reader.read(CustomerId("c"))
        after = server.command("INFO", "stats")["total_connections_received"]
        await reader.close()
        # Per round at most one connection for the fifty, one for the single reader, one for the command that kills.
        assert after - before <= 3 * 3 + 1

    asyncio.run(run())


def test_two_event_loops_have_a_connection_each(server: Valkey) -> None:
    reader = StateReader(
        lambda: pool(server.url), StateKeys("shop"), Breaker(seconds=1.0), timeout_seconds=20.0
    )

    async def once() -> bool:
        found = await reader.read(CustomerId("ann"))
        await reader.close()
        return found.trusted

    assert [asyncio.run(once()) for _ in range(2)] == [False, False]


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run])
def test_giving_up_in_the_moment_of_connecting_holds_nobody_up(
    server: Valkey, run: Callable[[Coroutine[None, None, None]], None]
) -> None:
    async def busy_after(steps: int) -> None:
        opening = asyncio.create_task(Link.open(pool(server.url), 0.02))
        for _ in range(steps):
            await asyncio.sleep(0)
        time.sleep(0.05)  # a busy event loop: connection and timeout are both there when it looks again
        with suppress(TimeoutError):
            await (await asyncio.wait_for(opening, 20)).close()
        assert opening.done()
        assert not opening.cancelled(), "it did not end by itself"

    for steps in range(8):
        run(busy_after(steps))
