"""What staff overrules: written as events, once per event id, and within the budgets where it is goodwill."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from recommender.errors import CustomerMovedError, EventConflictError
from recommender.events.vocabulary import AnyEvent, Override
from recommender.storage.log import EventLog
from recommender.storage.terms import Terms
from recommender.types import CustomerId

_ATTEMPTS: Final = 20


class Overruling:
    """Writes the overrides of one log.

    Parameters
    ----------
    append
        Appends checked events on terms, and returns when they are durable and visible.
    """

    def __init__(self, log: EventLog, append: Callable[[Sequence[AnyEvent], Terms], object]) -> None:
        self._log = log
        self._append = append

    def overrule(self, override: Override, customer_id: CustomerId) -> tuple[Override, bool]:
        """Write an override and return it, and whether it is new; the same one again is what was written first.

        Two are the same that differ in nothing but the time at which they were sent.

        Raises
        ------
        EventConflictError
            Another override has this event id.
        GoodwillSpentError
            The budget does not allow as much.
        """
        for _ in range(_ATTEMPTS):
            known = self._log.event(override.source, override.event_id)
            if known is not None:
                return self._repeated(override, known.event), False
            try:
                self._append([override], Terms(customer_id, self._log.version_of(customer_id)))
            except (CustomerMovedError, EventConflictError):
                continue
            return override, True
        raise CustomerMovedError(0, self._log.version_of(customer_id))

    @staticmethod
    def _repeated(override: Override, known: AnyEvent) -> Override:
        if isinstance(known, Override):
            again = msgspec.structs.replace(override, occurred_at=known.occurred_at)
            if again == known:
                return known
        raise EventConflictError(
            "another override has this event_id",
            expected="the same override again, or a new event_id",
            found=f"event_id {override.event_id}",
            remedy="send another event_id or Idempotency-Key",
        )
