"""Receipts of inbound decisions: kept in memory for less than a second, then written together.

A crash loses at most that second; closing loses nothing. A log that does not answer for longer loses the oldest ones
beyond a bound, and counts them.
"""

import threading
from collections import deque
from typing import NamedTuple

from recommender.decisions.decision import Decision
from recommender.decisions.receipts import encode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.errors import UnavailableError
from recommender.storage.clock import from_microseconds
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import CustomerId

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
        self._waiting: deque[_Waiting] = deque(maxlen=capacity)
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
        if len(self._waiting) == self._waiting.maxlen:
            self._dropped += 1
        self._waiting.append(_Waiting(decision, request, customer_id))

    def flush(self) -> None:
        """Write everything that waits.

        Raises
        ------
        LogUnavailableError
            The log does not answer; the receipts wait on.
        """
        with self._flushing:
            while batch := self._take():
                try:
                    self._log.put_receipts([_stored(*waiting) for waiting in batch])
                except UnavailableError:
                    self._waiting.extendleft(reversed(batch))
                    raise

    def _take(self) -> list[_Waiting]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), _ROWS_PER_COMMIT))]


def _stored(decision: Decision, request: DecisionRequest, customer_id: CustomerId | None) -> StoredReceipt:
    decided_at = from_microseconds(decision.decided_at_us)
    return StoredReceipt(decision.decision_id, customer_id, decided_at, encode_receipt(decision, request))
