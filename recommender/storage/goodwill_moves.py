"""What an event does to the goodwill that was granted: promises it, confirms it, or frees it."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeAlias

from recommender.events.vocabulary import AnyEvent, ContactReleased, ContactReserved, ContactSent, Override
from recommender.storage.clock import to_microseconds

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """Money promised to one customer; of two with one ``grant_id`` the later holds.

    ``expires_us`` is when it is free again (microseconds since 1970; None: never).
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


def goodwill_move(event: AnyEvent) -> GoodwillMove | None:
    """Return what an event does to granted goodwill, or None."""
    customer_id = event.customer_id
    if customer_id is None:
        return None
    if isinstance(event, ContactReserved):
        return _reserved(event, customer_id, event.amount)
    if isinstance(event, Override):
        return _by_staff(event, customer_id, event.amount)
    if isinstance(event, ContactSent | ContactReleased):
        return Settlement(
            customer_id, event.decision_id, event.request_id, was_sent=isinstance(event, ContactSent)
        )
    return None


def _reserved(event: ContactReserved, customer_id: str, amount: Decimal | None) -> Grant | None:
    if amount is None:
        return None
    return Grant(
        f"reserved/{event.decision_id}/{event.request_id}",
        customer_id,
        False,
        event.decision_id,
        event.request_id,
        event.action,
        event.currency,
        millionths(amount),
        to_microseconds(event.expires_at),
    )


def _by_staff(event: Override, customer_id: str, amount: Decimal | None) -> Grant | None:
    """A goodwill override without an amount ends the one before it, and grants nothing."""
    if event.kind != "goodwill":
        return None
    return Grant(
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
