"""Random histories of two customers and of guests, with events of every kind."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from recommender.events import vocabulary as kinds
from recommender.events.vocabulary import AnyEvent, OrderLine, ReturnLine
from recommender.types import ItemId, ItemNumber
from tests.recommender.customers.dealings.what_happened import NOON

ITEMS = ("mug", "cup", "ring")
NUMBERS = {ItemId(item): ItemNumber(3 * place + 1) for place, item in enumerate(ITEMS)}
WHO = ("ada", "bob")

items = st.sampled_from((*ITEMS, "never-bought"))
some_item = st.none() | items
orders = st.sampled_from(("A1", "A2"))
serials = st.none() | st.sampled_from(("S1", "S2", "S3"))
whole = st.integers(1, 4).map(float)
texts = st.sampled_from(("x", "y"))
some_text = st.none() | texts
moments = st.integers(0, 12).map(lambda half_days: NOON + timedelta(hours=12 * half_days))
channels = st.sampled_from(("email", "sms", None))
decisions = st.sampled_from(("D1", "D2"))
amounts = st.none() | st.sampled_from((Decimal(5), Decimal("2.5")))


def events_of(what: type[AnyEvent], /, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[AnyEvent]:
    """Return a strategy of events of one type; the other fields keep their defaults."""
    return st.builds(
        what,
        source=st.sampled_from(("shop", "till")),
        event_id=st.uuids().map(str),
        occurred_at=moments,
        customer_id=st.sampled_from((*WHO, None)),
        channel=channels,
        **fields,
    )


def order_lines(quantities: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[OrderLine, ...]]:
    """Return lines of an order, some with a serial, some of them gifts."""
    one = st.builds(
        OrderLine,
        item_id=st.sampled_from(ITEMS),
        quantity=quantities,
        serial=serials,
        line_id=some_text,
        is_gift=st.sampled_from((False, False, True)),
        recipient=some_text,
        replaces_serial=serials,
        replaces_order_id=st.sampled_from((None, None, "A1", "A2")),
    )
    return st.lists(one, min_size=1, max_size=3).map(tuple)


def orders_and_returns(quantities: st.SearchStrategy[float] = whole) -> st.SearchStrategy[AnyEvent]:
    """Return what changes holdings."""
    returned = st.builds(
        ReturnLine,
        item_id=items,
        quantity=quantities,
        order_id=st.none() | orders,
        serial=serials,
    )
    bought = events_of(kinds.Purchase, order_id=orders, lines=order_lines(quantities))
    back = events_of(kinds.Return, lines=st.lists(returned, min_size=1, max_size=2).map(tuple))
    return bought | bought | back | events_of(kinds.OrderCancelled, order_id=orders)


_CONTACT = {"action": some_text, "item_id": some_item}
_SHOWN = {"decision_id": decisions, "rank": st.integers(1, 2), "action": some_text, "item_id": some_item}
_REQUEST = {"decision_id": decisions, "request_id": st.sampled_from(("R1", "R2"))}
_SOME_REQUEST = {"decision_id": st.none() | decisions, "request_id": st.sampled_from((None, "R1", "R2"))}

others = st.one_of(
    events_of(kinds.Delivered, order_id=orders, line_ids=st.sampled_from(((), ("x",), ("x", "y")))),
    events_of(kinds.Question, text=texts, item_id=some_item, topic=some_text),
    events_of(
        kinds.ComplaintOpened,
        complaint_id=texts,
        item_id=some_item,
        order_id=st.none() | orders,
        severity=st.sampled_from(("low", "normal", "high")),
    ),
    events_of(kinds.ComplaintResolved, complaint_id=texts),
    events_of(kinds.ServiceVisit, service_code=texts, item_id=some_item, serial=serials),
    events_of(
        kinds.Appointment,
        appointment_id=texts,
        starts_at=moments,
        status=st.sampled_from(("booked", "moved", "kept", "missed", "cancelled")),
        service_code=some_text,
        item_id=some_item,
        serial=serials,
    ),
    events_of(kinds.SurveyAnswer, survey_id=texts, score=st.none() | st.sampled_from((1.0, 9.5))),
    events_of(kinds.Review, item_id=items, rating=st.none() | st.integers(1, 5)),
    events_of(kinds.View, item_id=items),
    events_of(kinds.Cart, item_id=items),
    events_of(kinds.Impression, **_SHOWN),
    events_of(kinds.Response, **_SHOWN, outcome=st.sampled_from(("accepted", "ignored", "dismissed"))),
    events_of(kinds.ContactReserved, **_REQUEST, **_CONTACT, expires_at=moments, amount=amounts),
    events_of(kinds.ContactSent, **_SOME_REQUEST, **_CONTACT, rank=st.none() | st.integers(1, 2)),
    events_of(kinds.ContactReleased, **_REQUEST),
    events_of(kinds.ContactBounced, **_SOME_REQUEST, permanent=st.booleans()),
    events_of(
        kinds.ConsentChange,
        consent_channel=st.sampled_from(("email", "sms")),
        status=st.sampled_from(("subscribed", "unsubscribed", "never_subscribed", "pending")),
        topic=some_text,
    ),
    events_of(kinds.Preference, name=st.sampled_from(("language", "size")), value=texts),
    events_of(
        kinds.Profile,
        time_zone=some_text,
        language=some_text,
        attributes=st.dictionaries(texts, texts, max_size=2),
    ),
    events_of(
        kinds.Occasion,
        kind=texts,
        on=st.sampled_from((date(1990, 12, 10), date(2024, 2, 29))),
        yearly=st.booleans(),
        recipient=some_text,
    ),
    events_of(kinds.Identify, other_id=texts),
    events_of(kinds.Unlink, other_id=texts),
    events_of(
        kinds.Override,
        kind=st.sampled_from(("pin", "suppress", "boost", "hold_all", "goodwill")),
        author=texts,
        reason=texts,
        expires_at=st.none() | moments,
        action=some_text,
        item_id=some_item,
        amount=amounts,
    ),
)
histories = st.lists(orders_and_returns() | others, max_size=14)
planned_items = st.sets(st.sampled_from(sorted(NUMBERS.values())), max_size=2).map(frozenset)
