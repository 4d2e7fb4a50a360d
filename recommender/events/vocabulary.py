"""Every kind of event that may happen between a customer and the brand.

An event is flat: the envelope (``type``, ``source``, ``event_id``, ``occurred_at``, ``customer_id``, ``channel``,
``schema_version``) and the fields of its type. Identity is (``source``, ``event_id``). ``occurred_at`` is when it
happened, in UTC; when it reached us (``received_at``) belongs to the log, not to the event.

All classes are immutable and refuse unknown fields. What a type cannot say by itself (ranges, characters, clocks)
is checked by :func:`recommender.events.validation.check_event`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Envelope shared by every event.

    ``customer_id`` is a subject as it arrived and may be absent: a guest order teaches which items are bought
    together. ``channel`` is where it happened (``web``, ``store``, ``email``, ``call``, ...).
    """

    source: str
    event_id: str
    occurred_at: datetime
    customer_id: str | None = None
    channel: str | None = None
    schema_version: int = 1


class OrderLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of an order. ``unit_price`` is a decimal in ``currency`` (ISO 4217), before ``discount``.

    ``replaces_serial`` and ``replaces_order_id`` name the unit whose place it takes: service plans go on with it.
    """

    item_id: str
    quantity: float = 1.0
    line_id: str | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    discount: Decimal | None = None
    serial: str | None = None
    is_gift: bool = False
    recipient: str | None = None
    kit_id: str | None = None
    replaces_serial: str | None = None
    replaces_order_id: str | None = None


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something given back. Without ``order_id`` the most recent purchase of the item is taken back first."""

    item_id: str
    quantity: float = 1.0
    order_id: str | None = None
    line_id: str | None = None
    serial: str | None = None


class SaidToo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A further action of one contact; ``amount`` is the goodwill that it offers, ``subject`` the unit that it is about."""

    action: str
    item_id: str | None = None
    amount: Decimal | None = None
    subject: str | None = None


class Purchase(Event, frozen=True, kw_only=True, tag="purchase"):
    """One order with its lines."""

    order_id: str
    lines: tuple[OrderLine, ...]
    store_id: str | None = None


class Return(Event, frozen=True, kw_only=True, tag="return"):
    """Goods that came back."""

    lines: tuple[ReturnLine, ...]
    reason: str | None = None


class OrderCancelled(Event, frozen=True, kw_only=True, tag="order_cancelled"):
    """A whole order that will not be delivered: as if it had never been bought."""

    order_id: str
    reason: str | None = None


class Delivered(Event, frozen=True, kw_only=True, tag="delivered"):
    """The order, or some of its lines, reached the customer."""

    order_id: str
    line_ids: tuple[str, ...] = ()


class Question(Event, frozen=True, kw_only=True, tag="question"):
    """The customer asked something."""

    text: str
    item_id: str | None = None
    order_id: str | None = None
    topic: str | None = None


class ComplaintOpened(Event, frozen=True, kw_only=True, tag="complaint_opened"):
    """Something went wrong for the customer; it stays open until the matching ``complaint_resolved``."""

    complaint_id: str
    text: str | None = None
    item_id: str | None = None
    order_id: str | None = None
    severity: Literal["low", "normal", "high"] = "normal"


class ComplaintResolved(Event, frozen=True, kw_only=True, tag="complaint_resolved"):
    """The complaint is settled."""

    complaint_id: str
    resolution: str | None = None


class ServiceVisit(Event, frozen=True, kw_only=True, tag="service_visit"):
    """A unit was serviced, inspected or repaired."""

    service_code: str
    item_id: str | None = None
    serial: str | None = None
    order_id: str | None = None
    notes: str | None = None


class Appointment(Event, frozen=True, kw_only=True, tag="appointment"):
    """A visit was booked, moved, kept, missed or called off."""

    appointment_id: str
    starts_at: datetime
    status: Literal["booked", "moved", "kept", "missed", "cancelled"] = "booked"
    service_code: str | None = None
    item_id: str | None = None
    serial: str | None = None


class SurveyAnswer(Event, frozen=True, kw_only=True, tag="survey_answer"):
    """An answer to a survey, with its number, its words, or both."""

    survey_id: str
    question_id: str | None = None
    score: float | None = None
    text: str | None = None
    decision_id: str | None = None
    rank: int | None = None


class Review(Event, frozen=True, kw_only=True, tag="review"):
    """A rating of an item, from 1 to 5."""

    item_id: str
    rating: int | None = None
    text: str | None = None
    order_id: str | None = None
    decision_id: str | None = None
    rank: int | None = None


class View(Event, frozen=True, kw_only=True, tag="view"):
    """The customer looked at an item."""

    item_id: str
    session_id: str | None = None
    decision_id: str | None = None
    rank: int | None = None


class Cart(Event, frozen=True, kw_only=True, tag="cart"):
    """An item was put into the cart or taken out."""

    item_id: str
    quantity: float = 1.0
    change: Literal["added", "removed"] = "added"
    session_id: str | None = None
    decision_id: str | None = None
    rank: int | None = None


class Impression(Event, frozen=True, kw_only=True, tag="impression"):
    """An action of a decision was really seen; ``action``, ``item_id`` and ``subject`` (of two units the one) as decided."""

    decision_id: str
    rank: int
    placement: str | None = None
    action: str | None = None
    item_id: str | None = None
    subject: str | None = None


class ContactReserved(Event, frozen=True, kw_only=True, tag="contact_reserved"):
    """An outbound contact was promised to one request until ``expires_at``.

    It is to say ``action``, offering goodwill of ``amount``, and after it what ``also`` names.
    """

    decision_id: str
    request_id: str
    expires_at: datetime
    action: str | None = None
    item_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    also: tuple[SaidToo, ...] = ()
    subject: str | None = None


class ContactSent(Event, frozen=True, kw_only=True, tag="contact_sent"):
    """An outbound contact went out."""

    decision_id: str | None = None
    request_id: str | None = None
    action: str | None = None
    rank: int | None = None
    item_id: str | None = None
    subject: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


class ContactReleased(Event, frozen=True, kw_only=True, tag="contact_released"):
    """A reserved contact was never sent."""

    decision_id: str
    request_id: str
    reason: str | None = None


class ContactBounced(Event, frozen=True, kw_only=True, tag="contact_bounced"):
    """An outbound contact did not arrive."""

    decision_id: str | None = None
    request_id: str | None = None
    permanent: bool = False
    reason: str | None = None


class Response(Event, frozen=True, kw_only=True, tag="response"):
    """What followed an action of a decision; ``action``, ``item_id``, ``subject`` and ``amount`` as decided."""

    decision_id: str
    rank: int
    outcome: Literal["accepted", "ignored", "dismissed"]
    text: str | None = None
    action: str | None = None
    item_id: str | None = None
    subject: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


class ConsentChange(Event, frozen=True, kw_only=True, tag="consent_change"):
    """What the customer allows on a channel, for one topic or for all (``topic`` absent)."""

    consent_channel: str
    status: Literal["subscribed", "unsubscribed", "never_subscribed", "pending"]
    topic: str | None = None
    evidence: str | None = None


class Preference(Event, frozen=True, kw_only=True, tag="preference"):
    """Something the customer prefers: a language, a time zone, a size, a quiet day."""

    name: str
    value: str


class Profile(Event, frozen=True, kw_only=True, tag="profile"):
    """Who the customer is. ``name``, ``email`` and ``phone`` are kept in the profile table only."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    time_zone: str | None = None
    language: str | None = None
    attributes: dict[str, str] = {}


class Occasion(Event, frozen=True, kw_only=True, tag="occasion"):
    """A date that matters: a birthday, an anniversary, a gift given. Repeats yearly unless told otherwise."""

    kind: str
    on: date
    yearly: bool = True
    recipient: str | None = None


class Identify(Event, frozen=True, kw_only=True, tag="identify"):
    """Two subjects are one person, until unlinked."""

    other_id: str
    evidence: str | None = None


class Unlink(Event, frozen=True, kw_only=True, tag="unlink"):
    """Two subjects are not one person after all."""

    other_id: str
    reason: str | None = None


class Override(Event, frozen=True, kw_only=True, tag="override"):
    """A member of staff overrules the decision, with a reason and an end."""

    kind: Literal["pin", "suppress", "boost", "hold_all", "goodwill"]
    author: str
    reason: str
    expires_at: datetime | None = None
    action: str | None = None
    item_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


AnyEvent: TypeAlias = (
    Purchase
    | Return
    | OrderCancelled
    | Delivered
    | Question
    | ComplaintOpened
    | ComplaintResolved
    | ServiceVisit
    | Appointment
    | SurveyAnswer
    | Review
    | View
    | Cart
    | Impression
    | ContactReserved
    | ContactSent
    | ContactReleased
    | ContactBounced
    | Response
    | ConsentChange
    | Preference
    | Profile
    | Occasion
    | Identify
    | Unlink
    | Override
)
"""Union of all event types, discriminated by ``type``."""
