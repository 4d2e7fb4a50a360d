"""From what the log keeps of one customer to the lines that they may be given."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from recommender.decisions import decode_receipt
from recommender.errors import CustomerErasedError
from recommender.events.codec import encode_event
from recommender.storage.kept import AnsweredBefore, GoodwillGrant, KeptRow
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId
from serving import access_wire as wire
from serving.cards import Cards
from serving.found import profile_answer
from serving.purchase_facts import PurchaseFacts
from serving.receipt_wire import ReceiptAnswer
from serving.receipts import receipt_answer

_MILLION: Final = 1_000_000


def lines_about(log: EventLog, customer_id: CustomerId, now: datetime) -> Iterator[wire.Line]:
    """Yield everything that is kept of a customer; of whom nothing is known the first line only.

    Raises
    ------
    CustomerErasedError
        They were erased: nothing is kept but the keyed hash.
    LogUnavailableError
        The log does not answer.
    """
    erasure = log.erasures.of(customer_id)
    if erasure is not None:
        raise CustomerErasedError(found=f"erased at {erasure.erased_at:%Y-%m-%d %H:%M} UTC")
    personal, others = log.profile_of(customer_id), tuple(log.person_of(customer_id))
    yield wire.AboutLine(customer_id, now, profile_answer(personal), others)
    cards = Cards(log.catalogue(), log.numbers)
    for row in log.kept_of(customer_id):
        yield _line(row, cards)


def _line(row: KeptRow, cards: Cards) -> wire.Line:
    match row:
        case StoredEvent():
            return wire.EventLine(row.received_at, msgspec.Raw(encode_event(row.event)))
        case StoredReceipt():
            return wire.DecisionLine(_decision(row, cards))
        case AnsweredBefore():
            return wire.RequestLine(row.request_id, row.decision_id, row.until)
        case GoodwillGrant():
            return _goodwill(row)


def _decision(stored: StoredReceipt, cards: Cards) -> ReceiptAnswer:
    receipt = decode_receipt(stored.content)
    # The orders behind its facts are lines of their own.
    facts = PurchaseFacts((), cards.catalogue, receipt.decision.decided_at_us // _MILLION)
    return receipt_answer(receipt, stored.customer_id, cards, facts)


def _goodwill(grant: GoodwillGrant) -> wire.GoodwillLine:
    return wire.GoodwillLine(
        amount=f"{(Decimal(grant.millionths) / _MILLION).normalize():f}",
        granted_at=grant.granted_at,
        granted_by="staff" if grant.by_staff else "decision",
        currency=grant.currency,
        action=grant.action,
        expires_at=grant.expires_at,
    )
