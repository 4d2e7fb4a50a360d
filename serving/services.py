"""Everything a route works with, opened once per process and never looked up globally."""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from recommender.engine.engine import Engine
from recommender.engine.patience import in_time
from recommender.errors import UnavailableError
from serving.auth.caller import EVERYONE, Caller
from serving.auth.customer_token import CustomerTokens
from serving.auth.keyring import KeyRing
from serving.deciding import Deciding
from serving.log_lines import log_through, stop_logging
from serving.model_follower import ChampionRegistry, ModelFollower
from serving.settings import ServingSettings
from serving.slate_cache import SlateCache
from serving.snapshots import Serving, SnapshotKeeper
from serving.telemetry import Telemetry

FLUSH_SECONDS = 0.25
ERASED_SECONDS = 0.5
READERS = 32
"""Threads that may wait for the log; asyncio's own number is for work, of which these have little."""
WRITERS = 8

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Services:
    """The parts of one API process; ``engine``, ``keys`` and ``models`` exist between :meth:`open` and :meth:`close`.

    Attributes
    ----------
    everyone
        The caller that every request is when keys are switched off; ``None`` when they count.
    """

    engine: Engine
    keys: KeyRing
    models: SnapshotKeeper

    def __init__(self, settings: ServingSettings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.clock = clock
        self.everyone: Caller | None = EVERYONE if settings.auth_disabled else None
        self.tokens = CustomerTokens()
        self.telemetry = Telemetry(clock, access_log=settings.access_log)
        self.deciding = Deciding()
        self.slates = SlateCache(max_entries=settings.slate_cache_size)
        self._writing = ThreadPoolExecutor(WRITERS, "rapport-writing")
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open the engine, serve a model or the fallback, and start what runs beside the requests.

        Raises
        ------
        RapportError
            The log cannot be opened.
        """
        self._log_lines = log_through(self.telemetry)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(READERS, "rapport-reading"))
        self.engine = await asyncio.to_thread(Engine.open, self.settings, clock=self.clock)
        self.keys = KeyRing(self.engine.log.keys)
        self.models = SnapshotKeeper(self.engine, self.clock)
        home = self.engine.home
        registry = ChampionRegistry(self.settings.tracking_uri(home), home.bundles)
        self._follower = ModelFollower(registry, self.models, home, self._report)
        await asyncio.to_thread(self.keys.refresh)
        await asyncio.to_thread(self._follower.start, self.settings.model_poll_seconds)
        _spare_the_collector()
        beside = (self.keys.follow(), self._flush_logs(), self._follow_erasures())
        self._tasks = [asyncio.create_task(one) for one in beside]

    async def serving(self) -> Serving:
        """Return what to decide from, over the newest catalogue that any worker of this machine acknowledged."""
        if not self.engine.is_catalogue_current():
            with contextlib.suppress(UnavailableError):
                await in_time(self.engine.log, self.engine.refresh_catalogue)
        return self.models.current

    async def write(self, change: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
        """Call what writes to the log, beside the threads that read: who waits for a log that is locked holds up no reader."""
        call = partial(change, *given, **named)
        return await asyncio.get_running_loop().run_in_executor(self._writing, call)

    async def close(self) -> None:
        """Stop what runs beside the requests, write the receipts and the last log lines."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._follower.stop)
        await asyncio.to_thread(self.deciding.close)
        self._writing.shutdown(wait=False, cancel_futures=True)
        try:
            await self.engine.aclose()
        except UnavailableError as error:
            self.telemetry.log("receipts_lost", detail=error.message)
        self.telemetry.flush()
        stop_logging(self._log_lines)

    async def _follow_erasures(self) -> None:
        """Forget remembered slates when any worker has erased somebody: nobody would ask for theirs, but they are there."""
        known = -1
        while True:
            with contextlib.suppress(UnavailableError):
                last = await asyncio.to_thread(self.engine.log.erasures.last_seq)
                if last != known:
                    self.slates.clear()
                known = last
            await asyncio.sleep(ERASED_SECONDS)

    async def _flush_logs(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.telemetry.flush()

    def _report(self, event: str, detail: str) -> None:
        """Count and log what the model follower tells."""
        if event == "model_swapped":
            self.telemetry.swaps.inc()
            self.telemetry.loaded.set(self.clock().timestamp())
        else:
            self.telemetry.refusals.labels(event).inc()
        self.telemetry.log(event, detail=detail)


def _spare_the_collector() -> None:
    """Take what lives as long as the process out of the cyclic collector's rounds, which would walk it on the hot path."""
    gc.collect()
    gc.freeze()
