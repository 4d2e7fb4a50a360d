"""Decisions of one process: beside the event loop while others wait for it, on it while nobody does.

Compiled code lets go of the interpreter, so a second thread ranks for one request while the event loop reads, checks and
writes for the others. Waking that thread costs about as much as it saves when there is nothing else to do.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from recommender.customers import CustomerState
from recommender.decisions import Decision, DecisionRequest
from recommender.engine.engine import Engine
from recommender.engine.snapshots import Snapshot

THREADS = 1
"""Beside the event loop: what more processors are for, ``rapport serve --workers`` does better."""


class Deciding:
    """Counts the requests that are being answered, and decides where that is cheapest."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rapport-decide")
        self._answering = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count one request from its first step to its last."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1

    async def decide(
        self,
        engine: Engine,
        state: CustomerState,
        request: DecisionRequest,
        snapshot: Snapshot,
        now: datetime,
    ) -> Decision:
        """Decide as :meth:`Engine.decide`; the arguments alone say what comes out, wherever it is done."""
        if self._answering <= 1:
            return engine.decide(state, request, snapshot, now)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, engine.decide, state, request, snapshot, now)

    def close(self) -> None:
        """Let go of the thread; what it is doing is finished first."""
        self._pool.shutdown()
