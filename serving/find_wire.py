"""What the API answers to an order or serial number, and to a name. Field names and first docstring lines are also the OpenAPI schemas."""

from datetime import date, datetime
from decimal import Decimal

from recommender.promises.obligation import ObligationState
from serving.dealing_wire import NamedItem, Shown


class FoundLineAnswer(Shown, frozen=True):
    """One line of an order; ``returned`` is how many of ``quantity`` came back, all of a cancelled order.

    ``unit_price`` is that of one unit before ``discount``, which is taken off the line.
    """

    item: NamedItem
    quantity: float
    returned: float
    line_id: str | None = None
    serial: str | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    discount: Decimal | None = None
    is_gift: bool = False
    recipient: str | None = None
    kit_id: str | None = None


class FoundOrderAnswer(Shown, frozen=True):
    """What was bought with one order number, when and where; ``total`` where every line has a price in one currency."""

    order_id: str
    ordered_at: datetime
    source: str
    lines: list[FoundLineAnswer]
    channel: str | None = None
    store_id: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    cancelled_at: datetime | None = None
    delivered_at: datetime | None = None


class FoundPromiseAnswer(Shown, frozen=True):
    """What a service plan promises for a unit; days are the customer's, ``in_time_until`` the last before it lapses."""

    plan_id: str
    service: str
    state: ObligationState
    item: NamedItem
    order_id: str
    due_on: date
    in_time_until: date
    remind_from: date
    line_id: str | None = None
    serial: str | None = None
    last_visit_at: datetime | None = None
    appointment_at: datetime | None = None
    consequence: str | None = None


class MentionAnswer(Shown, frozen=True):
    """An event besides the purchase that names the number; the whole of it is in the customer's history."""

    seq: int
    type: str
    source: str
    event_id: str
    occurred_at: datetime


class ProfileAnswer(Shown, frozen=True):
    """What a customer is called: of each the newest that was told."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class FoundCustomerAnswer(Shown, frozen=True):
    """A customer of whom some event names the number: orders, promises on their units the most urgent first, other events.

    Who was looked for by name, email or phone has no ``orders``, but the ``profile``, ``last_bought_at``, and in
    ``same_person`` the other ids that links say are theirs.
    """

    customer_id: str
    customer_version: int
    orders: list[FoundOrderAnswer]
    profile: ProfileAnswer | None = None
    same_person: tuple[str, ...] = ()
    last_bought_at: datetime | None = None
    promises: tuple[FoundPromiseAnswer, ...] = ()
    mentions: tuple[MentionAnswer, ...] = ()


class GuestsAnswer(Shown, frozen=True):
    """What nobody known bought under the number."""

    orders: list[FoundOrderAnswer]
    mentions: tuple[MentionAnswer, ...] = ()


class FoundAnswer(Shown, frozen=True):
    """Who holds an order or a unit, or is called so, ascending by id; an empty list when nobody does. Guests are on the first page."""

    customers: list[FoundCustomerAnswer]
    guests: GuestsAnswer | None = None
    next_cursor: str | None = None
