"""Decisions of one process: beside the event loop while others wait for it, on it while nobody does.

Compiled code lets go of the interpreter, so a second thread ranks for one request while the event loop reads, checks and
writes for the others. Waking that thread costs about as much as it saves when there is nothing else to do.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from recommender.decisions import Decision

THREADS = 1
"""Beside the event loop: what more processors are for, ``rapport serve --workers`` does better."""


class Answering:
    """Counts the requests that are being answered, each from its first step to its last."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        """Count one more."""
        self.count += 1

    def __exit__(self, *_: object) -> None:
        """Count one less."""
        self.count -= 1


class Deciding:
    """Decides where that is cheapest while so many requests are being answered."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rapport-decide")
        self.answering = Answering()

    async def run(self, decide: Callable[[], Decision]) -> Decision:
        """Call what decides; its arguments alone say what comes out, wherever it is done."""
        if self.answering.count <= 1:
            return decide()
        return await asyncio.get_running_loop().run_in_executor(self._pool, decide)

    def close(self) -> None:
        """Let go of the thread; what it is doing is finished first."""
        self._pool.shutdown()
