"""A small load generator: keep-alive connections that each send the next request when the last is answered.

It costs about 40 us of CPU per request, so that one core of it can saturate one server process.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import numpy as np
import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What one round of load saw: answers per second, latencies in milliseconds, answers that were not 2xx."""

    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    failed: int


class _Connection(asyncio.Protocol):
    """One keep-alive connection that measures each answer from the first byte sent to the last received."""

    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._requests, self._until, self._done = requests, until, done
        self._buffer = bytearray()
        self.latencies: list[float] = []
        self.failed = 0

    def itself(self) -> "_Connection":
        """Be the protocol that a transport asks for."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape
        self._send()

    def _send(self) -> None:
        self._started = time.perf_counter()
        if self._started >= self._until:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
            return
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._buffer[:head_end]).lower()
        start = head.find(b"content-length:") + len(b"content-length:")
        end = head.find(b"\r\n", start)
        length = int(head[start : end if end >= 0 else None])
        if len(self._buffer) < head_end + 4 + length:
            return
        self.latencies.append(time.perf_counter() - self._started)
        self.failed += not head.startswith(b"http/1.1 2")
        self._buffer.clear()
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))


def requests_for(base_url: str, paths: Sequence[str], headers: dict[str, str]) -> list[bytes]:
    """Render GET requests once, so that rendering is not measured."""
    host = urlsplit(base_url).netloc
    extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return [f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n".encode() for path in paths]


async def _run(base_url: str, requests: Sequence[bytes], *, seconds: float, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    url = urlsplit(base_url)
    until = time.perf_counter() + seconds
    endless = itertools.cycle(requests)
    clients: list[_Connection] = []
    waits: list[asyncio.Future[None]] = []
    started = time.perf_counter()
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        client = _Connection(endless, until, done)
        await loop.create_connection(
            partial(_Connection.itself, client), url.hostname or "127.0.0.1", url.port or 80
        )
        clients.append(client)
        waits.append(done)
    await asyncio.gather(*waits)
    elapsed = time.perf_counter() - started
    latencies = np.concatenate([client.latencies for client in clients]) * 1000
    return Load(
        per_second=len(latencies) / elapsed,
        p50_ms=float(np.percentile(latencies, 50)),
        p99_ms=float(np.percentile(latencies, 99)),
        requests=len(latencies),
        failed=sum(client.failed for client in clients),
    )


def load(base_url: str, requests: Sequence[bytes], *, seconds: float = 3.0, connections: int = 8) -> Load:
    """Send the requests in a cycle over some connections for some seconds."""
    return uvloop.run(_run(base_url, requests, seconds=seconds, connections=connections))
