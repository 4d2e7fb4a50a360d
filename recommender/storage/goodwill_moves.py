"""What an event does to the goodwill that was granted: promises it, confirms it, or frees it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeAlias

import msgspec

from recommender.events.vocabulary import (
    AnyEvent,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Override,
    Response,
    SaidToo,
)
from recommender.storage.clock import to_microseconds

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """Money promised to one customer, or gone; of two with one ``grant_id`` the later holds.

    ``expires_us`` is when it is free again (microseconds since 1970; None: never). ``is_gone`` says that the customer has
    it, be it what a reservation of the same decision kept; ``must_fit`` that it is refused where a budget has no room,
    otherwise it has happened already and only counts. ``subjects`` is what it is for, as far as that is told: complaints.
    ``formerly`` is the ``grant_id`` that older versions gave it, which customers could share.
    """

    grant_id: str
    customer_id: str
    by_staff: bool
    decision_id: str | None
    request_id: str | None
    action: str | None
    currency: str | None
    millionths: int
    expires_us: int | None
    is_gone: bool = False
    must_fit: bool = True
    subjects: tuple[str, ...] = ()
    formerly: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the customer said yes to it; what was sent is gone, too, and never refused."""
        return self.is_gone and self.must_fit


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of a promise: the contact was sent, so that the money is gone, or it was never sent."""

    customer_id: str
    decision_id: str | None
    request_id: str | None
    was_sent: bool


GoodwillMove: TypeAlias = Grant | Settlement


def millionths(amount: Decimal) -> int:
    """Return an amount as millionths of its currency's unit.

    Examples
    --------
    >>> millionths(Decimal("12.50"))
    12500000
    """
    return int((amount * _MILLION).to_integral_value(ROUND_HALF_UP))


def goodwill_moves(event: AnyEvent) -> tuple[GoodwillMove, ...]:
    """Return what an event does to granted goodwill; usually nothing."""
    customer_id = event.customer_id
    return () if customer_id is None else tuple(_moves(event, customer_id))


def _moves(event: AnyEvent, customer_id: str) -> Iterator[GoodwillMove]:
    match event:
        case ContactReserved():
            yield from _reserved(event, customer_id)
        case Override():
            yield from _by_staff(event, customer_id, event.amount)
        case ContactReleased():
            yield Settlement(customer_id, event.decision_id, event.request_id, was_sent=False)
        case ContactSent():
            yield Settlement(customer_id, event.decision_id, event.request_id, was_sent=True)
            yield from _gone(event, customer_id, must_fit=False)
        case Response(outcome="accepted"):
            yield from _gone(event, customer_id, must_fit=True)


def _gone(event: Response | ContactSent, customer_id: str, *, must_fit: bool) -> Iterator[Grant]:
    """Yield what a customer was given with one action of a decision: once, whether it is told as sent or as accepted."""
    if event.amount is None or event.decision_id is None or millionths(event.amount) <= 0:
        return
    rank = event.rank or 1
    yield Grant(
        f"gone/{_digest(customer_id, event.decision_id, str(rank))}",
        customer_id,
        False,
        event.decision_id,
        None,
        event.action,
        event.currency,
        millionths(event.amount),
        None,
        is_gone=True,
        must_fit=must_fit,
        subjects=() if event.subject is None else (event.subject,),
        formerly=f"gone/{event.decision_id}/{rank}",
    )


def _reserved(event: ContactReserved, customer_id: str) -> Iterator[Grant]:
    """Yield what each action of a contact promises; two apologies of one contact are one sum."""
    amounts: dict[str | None, Decimal] = {}
    subjects: dict[str | None, tuple[str, ...]] = {}
    said: tuple[ContactReserved | SaidToo, ...] = (event, *event.also)
    for one in said:
        if one.amount is not None:
            amounts[one.action] = amounts.get(one.action, Decimal(0)) + one.amount
            of_one = () if one.subject is None else (one.subject,)
            subjects[one.action] = subjects.get(one.action, ()) + of_one
    for action, amount in amounts.items():
        if millionths(amount) <= 0:
            continue
        yield Grant(
            f"reserved/{_digest(customer_id, event.decision_id, event.request_id, action)}",
            customer_id,
            False,
            event.decision_id,
            event.request_id,
            action,
            event.currency,
            millionths(amount),
            to_microseconds(event.expires_at),
            subjects=subjects[action],
        )


def _by_staff(event: Override, customer_id: str, amount: Decimal | None) -> Iterator[Grant]:
    """A goodwill override without an amount ends the one before it, and grants nothing."""
    if event.kind != "goodwill":
        return
    yield Grant(
        f"staff/{customer_id}/{event.action or ''}/{event.item_id or ''}",
        customer_id,
        True,
        None,
        None,
        event.action,
        event.currency,
        0 if amount is None else millionths(amount),
        None if event.expires_at is None else to_microseconds(event.expires_at),
    )


def _digest(*names: str | None) -> str:
    """Return what no other names have, of one length: ids may hold any sign that could part them."""
    return hashlib.sha256(msgspec.json.encode(names)).hexdigest()
