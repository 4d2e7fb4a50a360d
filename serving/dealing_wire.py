"""The forms in which the page of a customer shows what passed between them and the brand besides buying.

Every list is newest first. Field names and first docstring lines are also the OpenAPI schemas.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from recommender.customers.dealings import ContactStatus


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the page: fields that equal their default are left out."""


class NamedItem(Shown, frozen=True):
    """An item, with what a person calls it."""

    item_id: str
    name: str


class UnitAnswer(Shown, frozen=True):
    """Units of one order line that are still owned and told apart: by their serial, or because of a service plan.

    ``promised_since`` is from when service plans count, where they took the place of others.
    """

    item: NamedItem
    order_id: str
    bought_at: datetime
    count: int
    line_id: str | None = None
    serial: str | None = None
    promised_since: datetime | None = None


class GiftAnswer(Shown, frozen=True):
    """Something bought for somebody else and not returned."""

    item: NamedItem
    bought_at: datetime
    recipient: str | None = None


class DeliveryAnswer(Shown, frozen=True):
    """What arrived, and what was kept of it."""

    order_id: str
    delivered_at: datetime
    kept: list[NamedItem]


class ComplaintAnswer(Shown, frozen=True):
    """A complaint; open while it has no ``resolved_at``, and selling stops as long."""

    complaint_id: str
    opened_at: datetime
    severity: Literal["low", "normal", "high"]
    resolved_at: datetime | None = None
    item: NamedItem | None = None
    order_id: str | None = None


class QuestionAnswer(Shown, frozen=True):
    """A question that was asked; its words are in the history."""

    event_id: str
    asked_at: datetime
    item: NamedItem | None = None
    order_id: str | None = None
    topic: str | None = None


class VisitAnswer(Shown, frozen=True):
    """A service visit."""

    service_code: str
    visited_at: datetime
    item: NamedItem | None = None
    serial: str | None = None
    order_id: str | None = None


class AppointmentAnswer(Shown, frozen=True):
    """The newest word on an appointment."""

    appointment_id: str
    starts_at: datetime
    status: Literal["booked", "moved", "kept", "missed", "cancelled"]
    said_at: datetime
    service_code: str | None = None
    item: NamedItem | None = None
    serial: str | None = None


class SurveyScore(Shown, frozen=True):
    """The newest answer to a survey, and the newest score in it."""

    survey_id: str
    answered_at: datetime
    score: float | None = None


class ReviewAnswer(Shown, frozen=True):
    """The newest review of an item, and the newest rating in it."""

    item: NamedItem
    reviewed_at: datetime
    rating: int | None = None


class ConsentAnswer(Shown, frozen=True):
    """What the customer allows on a channel, for one topic or for all, and the event that said so."""

    channel: str
    status: Literal["subscribed", "unsubscribed", "never_subscribed", "pending"]
    said_at: datetime
    source: str
    event_id: str
    topic: str | None = None


class ContactAnswer(Shown, frozen=True):
    """An outbound contact; ``at`` is when it was reserved, or sent once it was."""

    channel: str
    status: ContactStatus
    at: datetime
    action: str | None = None
    item: NamedItem | None = None
    expires_at: datetime | None = None
    decision_id: str | None = None
    request_id: str | None = None
    permanent: bool = False
    amount: float | None = None
    currency: str | None = None


class OutcomeAnswer(Shown, frozen=True):
    """When an action about an item was last seen, accepted, ignored or dismissed."""

    action: str
    outcome: Literal["seen", "accepted", "ignored", "dismissed"]
    at: datetime
    item: NamedItem | None = None


class GivenAnswer(Shown, frozen=True):
    """Goodwill that the customer accepted."""

    amount: float
    at: datetime
    decision_id: str
    rank: int
    action: str | None = None
    currency: str | None = None


class OccasionAnswer(Shown, frozen=True):
    """A date that matters."""

    kind: str
    on: date
    yearly: bool
    recipient: str | None = None


class OverrideAnswer(Shown, frozen=True):
    """What staff overruled, why, and until when; it may have ended."""

    kind: Literal["pin", "suppress", "boost", "hold_all", "goodwill"]
    author: str
    reason: str
    said_at: datetime
    event_id: str
    expires_at: datetime | None = None
    action: str | None = None
    item: NamedItem | None = None
    amount: float | None = None
    currency: str | None = None


class DealingsAnswer(Shown, frozen=True):
    """What passed between a customer and the brand besides buying, every list newest first; empty ones are left out."""

    units: list[UnitAnswer] = []
    gifts: list[GiftAnswer] = []
    deliveries: list[DeliveryAnswer] = []
    complaints: list[ComplaintAnswer] = []
    questions: list[QuestionAnswer] = []
    visits: list[VisitAnswer] = []
    appointments: list[AppointmentAnswer] = []
    surveys: list[SurveyScore] = []
    reviews: list[ReviewAnswer] = []
    consents: list[ConsentAnswer] = []
    contacts: list[ContactAnswer] = []
    outcomes: list[OutcomeAnswer] = []
    given: list[GivenAnswer] = []
    occasions: list[OccasionAnswer] = []
    overrides: list[OverrideAnswer] = []
    preferences: dict[str, str] = {}
    attributes: dict[str, str] = {}
    time_zone: str | None = None
    language: str | None = None
    last_seen_at: datetime | None = None
