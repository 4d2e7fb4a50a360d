"""Words about goodwill, and a budget of it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from recommender.events.vocabulary import (
    AnyEvent,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Override,
    Response,
    SaidToo,
)
from recommender.storage.goodwill import Budget
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.recommender.storage.log_worlds import NOON

MILLION = 1_000_000


def limit(log: EventLog, total: int, per_customer: int | None = 30) -> None:
    own = None if per_customer is None else per_customer * MILLION
    log.limit_goodwill(lambda: [Budget("sorry", 0, total * MILLION, own, 0, "EUR")])


def left(log: EventLog, customer_id: str = "nobody") -> int:
    """Return how much could still be granted to a customer, in whole units."""
    asked = [
        Budget("sorry", amount * MILLION, 40 * MILLION, 30 * MILLION, 0, "EUR") for amount in range(1, 41)
    ]
    spent = log.spent_budgets(CustomerId(customer_id), asked)
    return 40 - len(spent)


def promised(
    name: str,
    customer: str = "ada",
    amount: str = "15",
    *,
    item: str | None = None,
    action: str | None = "sorry",
) -> Override:
    return Override(
        source="crm",
        event_id=name,
        occurred_at=NOON,
        customer_id=customer,
        kind="goodwill",
        author="eve",
        reason="the leg broke",
        action=action,
        item_id=item,
        amount=Decimal(amount),
        currency="EUR",
    )


def reserved(
    name: str, customer: str = "ada", amount: str = "15", *, also: str | None = None
) -> ContactReserved:
    too = () if also is None else (SaidToo(action="regret", amount=Decimal(also)),)
    return ContactReserved(
        source="tool",
        event_id=name,
        occurred_at=NOON,
        customer_id=customer,
        decision_id=f"d-{name}",
        request_id=f"r-{name}",
        expires_at=NOON + timedelta(hours=1),
        action="sorry",
        amount=Decimal(amount),
        currency="EUR",
        also=too,
    )


def accepted(
    decision: str, customer: str = "ada", amount: str | None = "15", *, rank: int = 1, name: str = ""
) -> Response:
    return Response(
        source="web",
        event_id=name or f"yes-{decision}-{rank}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=decision,
        rank=rank,
        outcome="accepted",
        action="sorry",
        amount=None if amount is None else Decimal(amount),
    )


def sent(decision: str, customer: str = "ada", amount: str = "15", request: str | None = None) -> ContactSent:
    return ContactSent(
        source="mail",
        event_id=f"sent-{decision}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=decision,
        request_id=request,
        rank=1,
        action="sorry",
        amount=Decimal(amount),
    )


def released(decision: str, request: str, customer: str = "ada") -> ContactReleased:
    return ContactReleased(
        source="mail",
        event_id=f"released-{decision}-{request}-{customer}",
        occurred_at=NOON,
        customer_id=customer,
        decision_id=decision,
        request_id=request,
    )


def statuses(log: EventLog, *events: AnyEvent) -> list[str]:
    return [one.status for one in log.append(events)]


GRANTING: dict[str, Callable[[str, str], AnyEvent]] = {
    "promised": promised,
    "reserved": reserved,
    "accepted": accepted,
}
