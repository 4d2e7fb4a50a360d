"""Plans and units that the tests of this room share."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from recommender.customers.dealings import Booking, Dealings, Unit, Visit
from recommender.playbook.model import ItemSelector, ServicePlan, Span
from recommender.promises import Obligation, obligations_of

UTC = ZoneInfo("UTC")
RING = 7
BOILER = 8


def moment(text: str, zone: ZoneInfo = UTC) -> int:
    """Return a local time as seconds since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


CARE = ServicePlan(
    id="care",
    name="Inspection",
    items=ItemSelector(),
    first_after=Span(months=6),
    every=Span(months=6),
    lead=Span(days=30),
    grace=Span(days=14),
    until=Span(months=24),
    satisfied_by=frozenset({"inspection", "repair"}),
    consequence="the warranty",
)
"""A warranty: every half year for two years."""

BOILER_CARE = ServicePlan(
    id="boiler",
    name="Boiler service",
    items=ItemSelector(),
    first_after=Span(months=12),
    every=Span(months=12),
    lead=Span(days=30),
    grace=Span(months=2),
    until=None,
    satisfied_by=frozenset({"service"}),
    anchor="schedule",
)
"""A habit: every year, for ever."""


def unit(bought: str, **changes: object) -> Unit:
    first = Unit(RING, "1042", "1", None, moment(bought), 1)
    return msgspec.structs.replace(first, **changes)


def visit(at: str, code: str = "inspection", **changes: object) -> Visit:
    return msgspec.structs.replace(Visit(code, moment(at), None, None, None), **changes)


def booking(at: str, **changes: object) -> Booking:
    return msgspec.structs.replace(
        Booking("a1", moment(at), "booked", "inspection", None, None, 0), **changes
    )


def owed(plan: ServicePlan, dealings: Dealings, now: str, zone: ZoneInfo = UTC) -> list[Obligation]:
    return obligations_of(plan, dealings, {RING}, now_s=moment(now, zone), zone=zone)


def only(plan: ServicePlan, dealings: Dealings, now: str, zone: ZoneInfo = UTC) -> Obligation:
    [one] = owed(plan, dealings, now, zone)
    return one
