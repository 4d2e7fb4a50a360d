"""Writing an event once, however often and from however many places it is sent."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec

from recommender.engine.patience import in_time
from recommender.errors import CrowdedError, EventConflictError
from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog

_ATTEMPTS: Final = 3
OneEvent = TypeVar("OneEvent", bound=AnyEvent)


async def told_once(
    log: EventLog,
    append: Callable[[Sequence[AnyEvent]], Awaitable[object]],
    event: OneEvent,
    *,
    is_dated: bool,
) -> tuple[OneEvent, bool]:
    """Write an event and return it, and whether it is new; the same one again is what was written first.

    Parameters
    ----------
    append
        Appends checked events, all or none, and returns when they are durable and visible.
    is_dated
        Whether the sender said when it happened. Otherwise a repeat differs in nothing but the time at which it was sent.

    Raises
    ------
    EventConflictError
        Another event has this identity.
    """
    for _ in range(_ATTEMPTS):
        known = await in_time(log, log.event, event.source, event.event_id)
        if known is not None:
            return _repeated(event, known.event, is_dated=is_dated), False
        try:
            await append([event])
        except EventConflictError:
            continue  # it was written at this moment
        return event, True
    raise CrowdedError(_ATTEMPTS)


def _repeated(event: OneEvent, known: AnyEvent, *, is_dated: bool) -> OneEvent:
    if isinstance(known, type(event)):
        again = event if is_dated else msgspec.structs.replace(event, occurred_at=known.occurred_at)
        if again == known:
            return known
    raise EventConflictError(
        "another event has this event_id",
        expected="the same again, or a new event_id",
        found=f"source {event.source}, event_id {event.event_id}",
        remedy="send another event_id or Idempotency-Key",
    )
