"""What passed between a customer and the brand besides buying, as one fold of their events says now.

Everything is bounded (the newest of each kind are kept), in a fixed order, and equal for every order of arrival.
Times are seconds since 1970 UTC; items are permanent numbers, or None where the event named none or an unknown one.
"""

from typing import Final, Literal, TypeAlias

import msgspec


class FormerUnit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How to name a unit that came back, was called off or given away, and that a visit or an appointment names."""

    number: int
    order_id: str
    serial: str | None


class Unit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Units of one order line that are told apart: the line has a serial, or its item a service plan.

    ``count`` is how many of them are still owned; a line with a serial has one unit per serial. ``instead_of`` are the
    units whose place they took, oldest first, and ``promised_s`` is when the first of these was bought: what was promised
    then goes on. ``moved`` of the units are owned, but what was promised for them went on with others.
    """

    number: int
    order_id: str
    line_id: str | None
    serial: str | None
    bought_s: int
    count: int
    promised_s: int | None = None
    instead_of: tuple[FormerUnit, ...] = ()
    moved: int = 0

    @property
    def since_s(self) -> int:
        """From when service plans count."""
        return self.bought_s if self.promised_s is None else self.promised_s


class Gift(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something bought for somebody else."""

    number: int
    at_s: int
    recipient: str | None


class Delivery(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What arrived, with the items that were kept of it: not returned, not cancelled, no gifts; ascending."""

    order_id: str
    at_s: int
    numbers: tuple[int, ...]


class Complaint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Open until ``resolved_s``, since ``opened_s``: the first opening, of a reopened one the first after it was resolved."""

    complaint_id: str
    opened_s: int
    resolved_s: int | None
    number: int | None
    order_id: str | None
    severity: Literal["low", "normal", "high"]


class Asked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A question of the customer."""

    event_id: str
    at_s: int
    number: int | None
    order_id: str | None
    topic: str | None


class Visit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A unit was serviced; without serial it counts for the customer's only unit of the item, else for the oldest due."""

    service_code: str
    at_s: int
    number: int | None
    serial: str | None
    order_id: str | None


class Booking(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The newest word on one appointment."""

    appointment_id: str
    starts_s: int
    status: Literal["booked", "moved", "kept", "missed", "cancelled"]
    service_code: str | None
    number: int | None
    serial: str | None
    said_s: int

    @property
    def is_expected(self) -> bool:
        """Whether the customer is expected: nobody said that they came, stayed away or called it off."""
        return self.status in {"booked", "moved"}


class Surveyed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The newest answer to one survey, with the newest score given in it and when; its words stay in the log."""

    survey_id: str
    at_s: int
    score: float | None
    scored_s: int | None = None


class Reviewed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The newest review of one item, with the newest rating given for it and when; its words stay in the log."""

    number: int
    at_s: int
    rating: int | None
    rated_s: int | None = None


class Consent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the customer allows on a channel for a topic (None: all); of equal times the more restrictive holds.

    ``source`` and ``event_id`` name the event that said so: receipts record them.
    """

    channel: str
    topic: str | None
    status: Literal["subscribed", "unsubscribed", "never_subscribed", "pending"]
    at_s: int
    source: str
    event_id: str


ContactStatus: TypeAlias = Literal["reserved", "sent", "released", "bounced"]


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One outbound contact: the newest word on a reservation, or one that was sent without any.

    ``action`` is the playbook's id of what was said, and ``also`` further actions and items of the same contact. ``at_s``
    is when it was reserved, or sent once it was. A ``permanent`` bounce says that the address is gone. ``amount`` is the
    goodwill that all of it offers. A contact of unknown channel has the channel ``""``, and counts on each.
    """

    channel: str
    action: str | None
    number: int | None
    status: ContactStatus
    at_s: int
    expires_s: int | None
    decision_id: str | None
    request_id: str | None
    permanent: bool = False
    amount: float | None = None
    currency: str | None = None
    also: tuple[tuple[str | None, int | None, str], ...] = ()
    """Further actions, with their items and subjects."""
    bounced_s: int | None = None
    """When it came back; None: it did not."""
    subject: str = ""


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When one action about one item was last seen, accepted, ignored or dismissed: one row for each of them.

    ``subject`` is the unit, appointment or complaint that it was about; empty where nobody said.
    """

    action: str
    number: int | None
    outcome: Literal["seen", "accepted", "ignored", "dismissed"]
    at_s: int
    subject: str = ""


class Given(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Goodwill that was accepted at one rank of a decision. ``action`` None: nobody said of which, it counts for each."""

    action: str | None
    amount: float
    currency: str | None
    at_s: int
    decision_id: str
    rank: int


class SpecialDay(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A date that matters; ``on`` is ISO 8601, such as ``1990-12-10``."""

    kind: str
    on: str
    yearly: bool
    recipient: str | None


class StaffOverride(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What staff overruled, until ``expires_s`` (None: until another one of the same kind, action and item)."""

    kind: Literal["pin", "suppress", "boost", "hold_all", "goodwill"]
    author: str
    reason: str
    at_s: int
    expires_s: int | None
    action: str | None
    number: int | None
    amount: float | None
    currency: str | None
    event_id: str
    source: str = ""

    @property
    def evidence(self) -> str:
        """The event behind it, ``source/event_id``; receipts record it."""
        return f"{self.source}/{self.event_id}" if self.source else self.event_id


class Dealings(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Everything but the purchases, newest last in every column."""

    units: tuple[Unit, ...] = ()
    gifts: tuple[Gift, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    questions: tuple[Asked, ...] = ()
    visits: tuple[Visit, ...] = ()
    bookings: tuple[Booking, ...] = ()
    surveys: tuple[Surveyed, ...] = ()
    reviews: tuple[Reviewed, ...] = ()
    consents: tuple[Consent, ...] = ()
    contacts: tuple[Contact, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    overrides: tuple[StaffOverride, ...] = ()
    preferences: dict[str, str] = {}
    attributes: dict[str, str] = {}
    time_zone: str | None = None
    language: str | None = None
    last_seen_s: int = 0
    """Newest view, cart change or impression."""
    given: tuple[Given, ...] = ()
    told_apart: tuple[int, ...] = ()
    """Items of which units were told apart without a serial when this was folded, as far as any was bought and kept; ascending."""
    former_units: tuple[FormerUnit, ...] = ()


NO_DEALINGS: Final = Dealings()
