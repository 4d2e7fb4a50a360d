"""Asking the log from an event loop, and not for longer than it has to answer."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from recommender.errors import LogUnavailableError
from recommender.storage.log import EventLog

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_time(log: EventLog, ask: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """Call what blocks in a thread; one that has not begun when the time is over never does.

    Raises
    ------
    LogUnavailableError
        The log has not answered within its ``wait_seconds``.
    """
    try:
        async with asyncio.timeout(log.wait_seconds):
            return await asyncio.to_thread(ask, *given, **named)
    except TimeoutError:
        raise too_late(log.wait_seconds) from None


def too_late(seconds: float) -> LogUnavailableError:
    """Return the error for a log that does not answer in time."""
    return LogUnavailableError(
        "the event log does not answer in time",
        expected=f"an answer within {seconds:g} seconds",
        remedy="send the same again: what has an event_id or Idempotency-Key is written once, also where it was written meanwhile",
    )
