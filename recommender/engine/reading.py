"""Reading one customer's state: from the store when it can be trusted, from the log otherwise."""

import time
from collections.abc import Callable

from recommender.customers.packing import PackedStateError, unpack
from recommender.customers.state import CustomerState
from recommender.engine.ahead import LogAhead
from recommender.engine.patience import in_time
from recommender.engine.projection import Projector
from recommender.errors import StateUnavailableError
from recommender.storage.state_layout import StateRead
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId

ABANDONED_MS = 5_000
"""A marker that is older was left by a worker that died."""


class StateReading:
    """The way from a customer id to their state.

    Parameters
    ----------
    on_doubt
        Called when the store could not be believed, so that somebody looks after it.
    """

    def __init__(
        self, store: StateStore, projector: Projector, ahead: LogAhead, on_doubt: Callable[[], None]
    ) -> None:
        self._store = store
        self._projector = projector
        self._ahead = ahead
        self._on_doubt = on_doubt

    async def read(self, customer_id: CustomerId) -> CustomerState:
        """Return the state, knowing everything that was acknowledged before the call.

        Raises
        ------
        LogUnavailableError
            The store could not be believed and the log does not answer.
        """
        # The mark is looked at before the store is: the other way round, a recovery in between would go unnoticed.
        if self._ahead.is_clear():
            try:
                found = await self._store.read(customer_id)
            except StateUnavailableError:
                pass
            else:
                if found.trusted and found.packed is not None:
                    state = self._unpacked(found.packed)
                    if state is None:
                        return await self._asked(self._projector.refresh, customer_id)
                    return state
                return await self._without_state(customer_id, found)
        self._on_doubt()
        return await self._asked(self._projector.from_log, customer_id)

    async def read_at_least(self, customer_id: CustomerId, version: int) -> CustomerState:
        """Return the state with all that the log knew when ``version`` was read from it, whoever wrote that.

        The store of this home may be a second behind what another home wrote.

        Raises
        ------
        LogUnavailableError
            The log was needed and does not answer.
        """
        state = await self.read(customer_id)
        if state.version < version:
            return await self._asked(self._projector.refresh, customer_id)
        return state

    async def _asked(
        self, ask: Callable[[CustomerId], CustomerState], customer_id: CustomerId
    ) -> CustomerState:
        return await in_time(self._projector.log, ask, customer_id)

    def _unpacked(self, packed: bytes | memoryview) -> CustomerState | None:
        """Return the state; None when another version of Rapport wrote it, or plans were about other items of it then."""
        try:
            state = unpack(packed)
        except PackedStateError:
            return None
        return None if self._projector.planned.are_others_in(state) else state

    async def _without_state(self, customer_id: CustomerId, found: StateRead) -> CustomerState:
        if found.trusted:
            return await self._asked(self._projector.fill, customer_id)
        if found.pending_ms is None:
            self._on_doubt()
        elif time.time_ns() // 1_000_000 - found.pending_ms > ABANDONED_MS:
            return await self._asked(self._projector.refresh, customer_id)
        return await self._asked(self._projector.from_log, customer_id)
