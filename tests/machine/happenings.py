"""Everything that may happen between one customer and the brand, by every kind of event."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    Cart,
    ComplaintOpened,
    ComplaintResolved,
    ConsentChange,
    ContactSent,
    Delivered,
    Identify,
    Occasion,
    OrderCancelled,
    OrderLine,
    Override,
    Preference,
    Profile,
    Purchase,
    Question,
    Return,
    ReturnLine,
    Review,
    ServiceVisit,
    SurveyAnswer,
    Unlink,
    View,
)
from tests.machine.house_rules import ITEM_IDS, KIND_OF, OUTBOUND, PLANNED, WISHED
from tests.machine.persons import CARD

Happening = Callable[..., AnyEvent]
"""Makes an event of an envelope: source, event_id, occurred_at and customer_id."""

items = st.sampled_from(ITEM_IDS)
planned = st.sampled_from(PLANNED)
serials = st.none() | st.sampled_from(["s-1", "s-2"])
orders = st.sampled_from([f"o-{n}" for n in range(6)])
complaints = st.sampled_from(["k-1", "k-2"])
lates = st.sampled_from([timedelta(), timedelta(), timedelta(), timedelta(hours=1), timedelta(days=2), timedelta(days=40)])  # fmt: skip
"""How long ago something happened when it is told."""


@st.composite
def order_lines(draw: st.DrawFn) -> OrderLine:
    return OrderLine(
        item_id=draw(items | planned),
        quantity=draw(st.sampled_from([1.0, 1.0, 2.0])),
        line_id=draw(st.none() | st.sampled_from(["1", "2"])),
        serial=draw(serials),
        unit_price=draw(st.none() | st.just(Decimal("9.50"))),
        is_gift=draw(st.sampled_from([False, False, False, True])),
        recipient=draw(st.none() | st.just("Mum")),
    )


return_lines = st.builds(
    ReturnLine,
    item_id=items | planned,
    quantity=st.sampled_from([1.0, 2.0]),
    order_id=st.none() | orders,
    serial=serials,
)


def _of(event: type[Any], /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Happening]:
    """Return happenings of a kind with these fields."""

    def happening(said: dict[str, Any]) -> Happening:
        return lambda **envelope: event(**envelope, **said)

    return st.fixed_dictionaries(fields).map(happening)


optional_items = st.none() | items
days = st.sampled_from([date(2024, 2, 29), date(2025, 1, 31), date(2025, 6, 10), date(1990, 12, 24)])
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"])
ahead = st.sampled_from([timedelta(hours=3), timedelta(days=1), timedelta(days=5), timedelta(days=50)])

_booking: st.SearchStrategy[Happening] = st.builds(
    lambda span, **said: (
        lambda occurred_at, **envelope: Appointment(
            occurred_at=occurred_at, starts_at=occurred_at + span, **envelope, **said
        )
    ),
    ahead,
    appointment_id=st.sampled_from(["a-1", "a-2"]),
    status=st.sampled_from(["booked", "booked", "moved", "kept", "missed", "cancelled"]),
    service_code=st.none() | st.just("care"),
    item_id=st.none() | planned,
    serial=serials,
)


def _expiring(occurred_at: datetime, span: timedelta | None, **said: Any) -> Override:
    return Override(occurred_at=occurred_at, expires_at=None if span is None else occurred_at + span, **said)


override: st.SearchStrategy[Happening] = st.one_of(
    st.builds(
        lambda kind, action, item_id: {"kind": kind, "action": action, "item_id": item_id},
        st.sampled_from(["pin", "suppress"]),
        st.none() | st.sampled_from(sorted(KIND_OF)),
        optional_items,
    ).filter(lambda said: said["action"] is not None or said["item_id"] is not None),
    st.just({"kind": "hold_all"}),
    st.builds(
        lambda action, amount: {"kind": "boost", "action": action, "amount": Decimal(amount)},
        st.sampled_from(sorted(KIND_OF)),
        st.sampled_from(["0.5", "40"]),
    ),
    st.just({"kind": "goodwill", "action": "sorry", "amount": Decimal(25), "currency": "EUR"}),
).flatmap(
    lambda said: st.builds(
        lambda span: (
            lambda **envelope: _expiring(span=span, author="eva", reason="she rang", **envelope, **said)
        ),
        st.just(None) | ahead if said["kind"] != "hold_all" else ahead,
    )
)

buying = _of(Purchase, order_id=orders, lines=st.lists(order_lines(), min_size=1, max_size=3).map(tuple))
trouble = st.one_of(
    _of(
        ComplaintOpened,
        complaint_id=complaints,
        item_id=optional_items,
        order_id=st.none() | orders,
        severity=st.sampled_from(["low", "high"]),
    ),
    _of(ComplaintResolved, complaint_id=complaints),
)
consent = _of(
    ConsentChange,
    consent_channel=st.sampled_from(OUTBOUND),
    status=st.sampled_from(["subscribed", "subscribed", "unsubscribed", "never_subscribed", "pending"]),
    topic=st.sampled_from([None, None, "service", "news"]),
)
care = st.one_of(
    _of(ServiceVisit, service_code=st.sampled_from(["care", "wash"]), item_id=st.none() | planned, serial=serials),
    _booking,
)  # fmt: skip
given_back = st.one_of(
    _of(Return, lines=st.lists(return_lines, min_size=1, max_size=2).map(tuple)),
    _of(OrderCancelled, order_id=orders),
)
talk = st.one_of(
    _of(Delivered, order_id=orders, line_ids=st.sampled_from([(), ("1",), ("1", "2")])),
    _of(Question, text=st.just("Does it?"), item_id=optional_items, order_id=st.none() | orders),
    _of(SurveyAnswer, survey_id=st.just("s"), score=st.sampled_from([1.0, 9.0])),
    _of(Review, item_id=items, rating=st.sampled_from([1, 5])),
    _of(View, item_id=items),
    _of(Cart, item_id=items, change=st.sampled_from(["added", "removed"])),
    _of(Preference, name=st.just("time_zone"), value=zones),
    _of(Preference, name=st.just(WISHED), value=st.sampled_from(["weekly", "as you like"])),
    _of(Profile, time_zone=st.none() | zones, language=st.none() | st.just("de")),
    _of(Occasion, kind=st.just("birthday"), on=days),
    _of(Identify, other_id=st.just(CARD)),
    _of(Unlink, other_id=st.just(CARD)),
)
newsletters = _of(
    ContactSent,
    channel=st.sampled_from([*OUTBOUND, None]),
    action=st.none() | st.sampled_from(["thanks", "care-due", "sorry", "offer"]),
)
"""Contacts that somebody sent without asking."""
anything = st.one_of(buying, consent, trouble, care, given_back, talk, newsletters, override)
