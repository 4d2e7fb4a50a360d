"""Receipts of inbound decisions: kept in memory for less than a second, then written together.

A crash loses at most that second; closing loses nothing. A log that does not answer for longer loses the oldest ones
beyond a bound, and counts them.
"""

import threading
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from recommender.decisions.decision import Decision
from recommender.decisions.receipts import encode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.errors import DecisionErasedError
from recommender.storage.clock import from_microseconds
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import CustomerId, DecisionId

CAPACITY = 100_000
_ROWS_PER_COMMIT = 5_000


class _Waiting(NamedTuple):
    decision: Decision
    request: DecisionRequest
    customer_id: CustomerId | None


class ReceiptBuffer:
    """Receipts that wait for the next commit; encoding is done when they are written, off the request path."""

    def __init__(self, log: EventLog, *, capacity: int = CAPACITY) -> None:
        self._log = log
        self._capacity = capacity
        self._waiting: dict[DecisionId, _Waiting] = {}
        self._changing = threading.Lock()
        self._flushing = threading.Lock()
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many receipts were lost because the log did not answer for too long."""
        return self._dropped

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, decision: Decision, request: DecisionRequest, customer_id: CustomerId | None) -> None:
        """Keep the receipt of a decision until the next commit."""
        with self._changing:
            if len(self._waiting) >= self._capacity:
                del self._waiting[next(iter(self._waiting))]
                self._dropped += 1
            self._waiting[decision.decision_id] = _Waiting(decision, request, customer_id)

    def find(self, decision_ids: Iterable[DecisionId]) -> dict[DecisionId, tuple[Decision, str | None]]:
        """Return those of some decisions whose receipts wait, each with its customer."""
        with self._changing:
            found = [self._waiting[one] for one in decision_ids if one in self._waiting]
        return {one.decision.decision_id: (one.decision, one.customer_id) for one in found}

    def stored(self, decision_id: DecisionId) -> StoredReceipt | None:
        """Return the receipt of a decision; one that waits here is written before. None: there is none.

        Raises
        ------
        DecisionErasedError
            It was of a customer who was erased.
        LogUnavailableError
            The log does not answer.
        """
        if decision_id in self._waiting:
            self.flush()
        stored = self._log.receipt(decision_id)
        if stored is None:
            erased_at = self._log.erasures.decisions([decision_id]).get(decision_id)
            if erased_at is not None:
                raise DecisionErasedError(decision_id, erased_at)
        return stored

    def flush(self) -> None:
        """Write everything that waits.

        Raises
        ------
        LogUnavailableError
            The log does not answer; the receipts wait on.
        """
        with self._flushing:
            while batch := self._next():
                self._log.put_receipts([_stored(*waiting) for waiting in batch])
                self._forget(batch)

    def _next(self) -> list[_Waiting]:
        with self._changing:
            return list(islice(self._waiting.values(), _ROWS_PER_COMMIT))

    def _forget(self, written: Iterable[_Waiting]) -> None:
        with self._changing:
            for waiting in written:
                self._waiting.pop(waiting.decision.decision_id, None)


def _stored(decision: Decision, request: DecisionRequest, customer_id: CustomerId | None) -> StoredReceipt:
    decided_at = from_microseconds(decision.decided_at_us)
    return StoredReceipt(decision.decision_id, customer_id, decided_at, encode_receipt(decision, request))
