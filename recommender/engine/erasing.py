"""Erasing a customer everywhere: from the log at once, from the state store as soon as it answers.

In the order of every projection: mark, commit, mark, take away. Who was one person with the customer is folded anew,
without them. Whoever read the log before the commit finds the second
mark, or nothing, and writes nothing. Where the store does not answer, the mark that all processes share sends readers to
the log, and the row of the outbox has the state removed when the store is back.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from recommender.engine.ahead import LogAhead
from recommender.engine.projection import Projector
from recommender.engine.receipts import ReceiptBuffer
from recommender.errors import (
    CustomerErasedError,
    InvalidInputError,
    InvalidRequestError,
    StateUnavailableError,
)
from recommender.events.limits import check_label
from recommender.events.validation import check_id
from recommender.storage.erased import Erasure
from recommender.storage.erasing import KnownOf
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did.

    Attributes
    ----------
    is_new
        False: the customer had been erased before, and nothing had come since.
    projected
        Whether the state store knows; if not, it is told when it answers, and is not believed until then.
    """

    erasure: Erasure
    is_new: bool
    projected: bool


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases customers of one installation.

    Parameters
    ----------
    on_doubt
        Called when the state store could not be told, so that somebody looks after it.
    """

    log: EventLog
    store: StateStore
    projector: Projector
    ahead: LogAhead
    receipts: ReceiptBuffer
    on_doubt: Callable[[], None]

    def erase(self, customer_id: CustomerId, reason: str | None) -> Erased:
        """Erase a customer; when it returns, that is durable and every worker's next answer knows it.

        Raises
        ------
        InvalidRequestError
            The id, or the reason, does not fit.
        LogUnavailableError
            The log cannot be written; nothing was removed.
        """
        _check(customer_id, reason)
        self.receipts.flush()
        with suppress(StateUnavailableError):
            self.store.mark_pending([customer_id])
        erasure, is_new = self.log.erasures.erase(customer_id, reason)
        return Erased(erasure, is_new, self._told(customer_id, erasure))

    def lift(self, customer_id: CustomerId) -> bool:
        """Let a customer's events in again; return whether they were kept out."""
        return self.log.erasures.lift(customer_id)

    def refuse(self, customer_id: CustomerId) -> None:
        """Return if a customer was not erased, or was let in again.

        Raises
        ------
        CustomerErasedError
            They were, and nobody may go to them.
        """
        erasure = self.log.erasures.of(customer_id)
        if erasure is not None:
            raise CustomerErasedError(found=f"erased at {erasure.erased_at:%Y-%m-%d %H:%M} UTC")

    def known_of(self, customer_id: CustomerId) -> KnownOf:
        """Return what an erasure would remove."""
        return self.log.erasures.known_of(customer_id)

    def _told(self, customer_id: CustomerId, erasure: Erasure) -> bool:
        changed = [(who, seq) for who, seq in self.log.pending() if seq == erasure.seq and who != customer_id]
        try:
            self.store.release([customer_id], self.store.mark_pending([customer_id]))
            for _ in self.projector.project(changed):
                continue
        except StateUnavailableError:
            self.ahead.raise_mark()
            self.on_doubt()
            return False
        self.log.erasures.told(customer_id, erasure.seq)
        return True


def _check(customer_id: str, reason: str | None) -> None:
    try:
        check_id("the customer", customer_id)
        if reason is not None:
            check_label("reason", reason)
    except InvalidInputError as error:
        raise InvalidRequestError(
            error.message, expected=error.expected, found=error.found, remedy=error.remedy
        ) from None
