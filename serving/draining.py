"""Stopping without breaking off anybody: uvicorn's server and its supervisor, taught to leave in order.

uvicorn closes the listening socket with connections in its queue, and connections that were kept alive while their next request
is on its way: the kernel resets both. Here a server that stops

1. closes the listening socket in the supervisor first, so that nobody queues where no worker will come,
2. takes who has queued, as the last one to leave,
3. answers for a moment what still comes on open connections, with ``Connection: close``,
4. and leaves the rest to uvicorn: it waits for the answers under way, and ends.

What is left: a connection whose handshake ends in the microseconds between 2 and the end of the socket, and a request on an idle
connection that is sent in the moment when that is closed. Both are refused before anything was done, and proxies try again.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Any, Final

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess, multiprocess

IDLE_SECONDS: Final = 1.0
"""How long a connection may stay open without a request once the server stops."""

CLOSE_SECONDS: Final = 10.0
"""How long a process may take to put everything away once its answers are given."""

HUNG_EXIT_CODE: Final = 75
"""``EX_TEMPFAIL``: ended without having put everything away. What was acknowledged is in the log all the same."""

_LOOK_SECONDS: Final = 0.02
_CLOSE: Final = (b"connection", b"close")


class DrainingServer(Server):
    """One worker, or the only process."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, answer who came before that, and end: also where a part behind hangs and no thread comes back."""
        self._end_anyway_after((self.config.timeout_graceful_shutdown or 0) + CLOSE_SECONDS)
        # Added in place: the answers under way have this very list.
        self.server_state.default_headers.append(_CLOSE)
        await self._take_queue(sockets or [])
        await self._await_requests()
        await super().shutdown(sockets)

    def _end_anyway_after(self, seconds: float) -> None:
        last_resort = threading.Timer(seconds, _end_now)
        last_resort.daemon = True
        last_resort.start()

    async def _take_queue(self, sockets: Sequence[socket.socket]) -> None:
        """Close the listening sockets with nobody in their queues."""
        kept = [one.dup() for one in sockets]
        for server in self.servers:
            server.close()
        for one in sockets:
            one.close()
        await asyncio.sleep(0)  # the event loop lets go of them in its next round
        waiting = [connection for one in kept for connection in _accepted(one)]
        loop = asyncio.get_running_loop()
        for connection in waiting:
            await loop.connect_accepted_socket(partial(self._protocol, loop), connection)

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> Any:
        kind: Any = self.config.http_protocol_class
        return kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=loop
        )

    async def _await_requests(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(IDLE_SECONDS, self.config.timeout_graceful_shutdown or 0)
        while self.server_state.connections and loop.time() < until and not self.force_exit:
            await asyncio.sleep(_LOOK_SECONDS)


def _end_now() -> None:
    line = "the process ends although a part behind it hangs; receipts of the last second may be lost\n"
    os.write(2, line.encode())
    os._exit(HUNG_EXIT_CODE)  # threads that wait for an answer would be waited for


def _accepted(listener: socket.socket) -> list[socket.socket]:
    """Accept everybody who waits, and close the socket before another one can come."""
    taken: list[socket.socket] = []
    with listener:
        listener.setblocking(False)
        while True:
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, OSError):
                break
            taken.append(connection)
    for connection in taken:
        connection.setblocking(False)
    return taken


class _Worker(multiprocess.Process):
    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = DrainingServer(config=self.config)
        return self._server


class DrainingWorkers(Multiprocess):
    """Several workers on one socket, and the parent that keeps them."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_listening)

    def run(self) -> None:
        """Serve until a signal comes."""
        # uvicorn's supervisor starts its workers, also those that replace dead ones, by this name.
        multiprocess.Process = _Worker  # type: ignore[misc]
        super().run()

    def keep_subprocess_alive(self) -> None:
        """Replace workers that died, unless the end has come meanwhile: then there is no socket to give them."""
        try:
            super().keep_subprocess_alive()
        except (OSError, ValueError):
            if not self.signal_queue:
                raise

    def _stop_listening(self, number: int, _frame: FrameType | None) -> None:
        # At once: a signal to the whole group reaches the workers, too, and whoever is last must take the queue.
        for one in self.sockets:
            one.close()
        self.signal_queue.append(number)
