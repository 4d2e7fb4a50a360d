"""Service plans: what the brand owes for each unit that a customer holds, and when."""

from recommender.promises.bookings import is_for
from recommender.promises.ledger import LedgerRow, PlannedItems, ledger_of
from recommender.promises.matching import goes_by_order, goes_by_serial, last_seen_s
from recommender.promises.obligation import OPEN_STATES, Obligation, ObligationState
from recommender.promises.obligations import obligations_of
from recommender.promises.words import fact_words, local_day, reminder_words

__all__ = [
    "OPEN_STATES",
    "LedgerRow",
    "Obligation",
    "ObligationState",
    "PlannedItems",
    "fact_words",
    "goes_by_order",
    "goes_by_serial",
    "is_for",
    "last_seen_s",
    "ledger_of",
    "local_day",
    "obligations_of",
    "reminder_words",
]
