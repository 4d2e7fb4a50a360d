"""The forms that leave the API. Their names, fields and first docstring lines are also the OpenAPI schemas."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from recommender.catalog import CatalogItem, OwnershipRule
from serving.dealing_wire import DealingsAnswer
from serving.find_wire import ProfileAnswer
from serving.problems import Problem


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer: fields that equal their default are left out."""


class ReasonAnswer(Shape, frozen=True):
    """Why an action was chosen: a code for programs, words for people."""

    code: str
    text: str


class CardFields(Shape, frozen=True, kw_only=True):
    """What a widget needs to draw the card of an item."""

    item_id: str
    name: str
    category: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None
    image: str | None = None


class ActionAnswer(Shape, frozen=True, kw_only=True):
    """One action of a slate, with what a widget needs to draw its card; the fields of an item where it is about one.

    ``action`` is the playbook's name of it, and that of its ``kind`` where there is no playbook. ``text`` is what to say,
    ``expected_value`` and ``amount`` (goodwill offered) are in the currency of the slate. ``unsubscribe_url`` is for the
    header ``List-Unsubscribe`` of what goes out, where the public address of the API is set.
    """

    rank: int
    action: str
    kind: str
    score: float
    reason: ReasonAnswer
    source: str
    receipt: str
    item_id: str | None = None
    name: str | None = None
    category: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None
    image: str | None = None
    text: str | None = None
    expected_value: float | None = None
    due_at: datetime | None = None
    deadline_at: datetime | None = None
    amount: float | None = None
    unsubscribe_url: str | None = None


class Slate(Shape, frozen=True):
    """The ordered actions for one customer at one moment, and the versions they were decided from.

    ``degraded``: what the customer owns cannot be read now, or a contact cannot be reserved, so nothing is offered rather
    than the wrong thing; ``because`` says why. ``next_at``: a contact limit keeps something back until then.
    ``reserved_until``: the contact of this ``request_id`` counts until then, unless it is sent or released before.
    ``sent_at``: it went out then, and is not to be sent again.
    """

    decision_id: str
    cold: bool
    served_by: Literal["model", "fallback"]
    model_version: str
    catalogue_version: int
    customer_version: int
    decided_at: datetime
    actions: list[ActionAnswer]
    customer_id: str | None = None
    unknown_items: tuple[str, ...] = ()
    degraded: bool = False
    playbook_version: str | None = None
    currency: str | None = None
    request_id: str | None = None
    reserved_until: datetime | None = None
    next_at: datetime | None = None
    because: str | None = None
    sent_at: datetime | None = None


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to decide: for a known customer, or for nobody in particular; with cart and session items."""

    customer_id: str | None = None
    k: int = 10
    placement: str | None = None
    channel: str | None = None
    actions: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    cart: list[str] = []
    session: list[str] = []
    request_id: str | None = None


class EventResult(Shape, frozen=True):
    """What became of one event of a request; ``index`` is its place in the batch.

    ``unmatched``: it was written, but of the decision that it answers nothing was found that it could be about, and why.
    """

    index: int
    status: Literal["accepted", "duplicate", "conflict", "suppressed", "invalid", "not_written"]
    source: str | None = None
    event_id: str | None = None
    customer_id: str | None = None
    customer_version: int | None = None
    projected: bool | None = None
    problem: Problem | None = None
    unmatched: str | None = None


class EventsAnswer(Shape, frozen=True):
    """Results in the order of the request, and how many of each."""

    results: list[EventResult]
    accepted: int
    duplicates: int
    conflicts: int
    invalid: int
    suppressed: int


class RefusedEvents(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """A batch of which nothing was written, with the result of every event."""

    results: tuple[EventResult, ...] = ()


class RelatedItem(CardFields, frozen=True, kw_only=True):
    """An item that goes with, or is like, the one that was asked about."""

    rank: int
    score: float
    reason: ReasonAnswer


class RelatedAnswer(Shape, frozen=True):
    """What is bought together with an item, and what is similar to it."""

    item_id: str
    model_version: str
    served_by: Literal["model", "fallback"]
    bought_together: list[RelatedItem]
    similar: list[RelatedItem]


class UnknownItems(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """Items that nobody knows were to be changed; nothing was written."""

    unknown_items: tuple[str, ...] = ()


class ItemsAnswer(Shape, frozen=True):
    """The catalogue after the items were put or patched."""

    catalogue_version: int
    received: int


class ItemAnswer(Shape, frozen=True):
    """One item as the catalogue has it; ``described`` is false when it is known from purchases only."""

    item: CatalogItem
    catalogue_version: int
    described: bool


class HistoryEvent(Shape, frozen=True):
    """One event of a customer, with its place in the log."""

    seq: int
    received_at: datetime
    event: msgspec.Raw


class HoldingAnswer(Shape, frozen=True):
    """What a customer still owns of an item; zero when it was only bought as a gift."""

    item_id: str
    name: str
    owned: float
    orders: int
    first_bought_at: datetime
    last_bought_at: datetime


class Totals(Shape, frozen=True):
    """A customer's history in numbers: what was kept after returns and cancellations, and all events by type."""

    orders: int
    order_lines: int
    events: int
    events_by_type: dict[str, int]
    unmatched_returns: int
    first_bought_at: datetime | None = None
    last_bought_at: datetime | None = None


class CustomerAnswer(Shape, frozen=True):
    """A customer across all channels: totals, holdings, dealings, and one page of history, newest first.

    ``profile`` is what they are called, for staff and admin keys; ``same_person`` are the other ids that links say are theirs, each of which has a
    page of its own. What is told of the customer is told of all of these together, but for the history and the profile.
    """

    customer_id: str
    customer_version: int
    totals: Totals
    holdings: list[HoldingAnswer]
    dealings: DealingsAnswer
    history: list[HistoryEvent]
    profile: ProfileAnswer | None = None
    same_person: tuple[str, ...] = ()
    next_cursor: str | None = None


class OwnershipAnswer(Shape, frozen=True):
    """The ownership rules for groups and categories, and the catalogue version that has them."""

    catalogue_version: int
    rules: tuple[OwnershipRule, ...]


class ModelAnswer(Shape, frozen=True):
    """The model that this worker serves, and what happened when it last looked for another."""

    served_by: Literal["model", "fallback"]
    model_version: str
    items: int
    loaded_at: datetime
    as_of: datetime | None = None
    alias: str | None = None
    bundle_sha256: str | None = None
    metrics: dict[str, float] = {}
    last_problem: str | None = None


class PartReadiness(Shape, frozen=True):
    """Whether one part answers, and if not, why."""

    ok: bool
    reason: str


class ReadinessAnswer(Shape, frozen=True):
    """Whether this worker should get traffic."""

    ready: bool
    log: PartReadiness
    state: PartReadiness
    model: PartReadiness
    playbook: PartReadiness


class PlaybookAction(Shape, frozen=True):
    """One action of a playbook."""

    id: str
    kind: str


class PlaybookAnswer(Shape, frozen=True):
    """The playbook that this worker serves; ``problem``: its file cannot be used, so an older one serves."""

    playbook_version: str
    name: str
    time_zone: str
    actions: list[PlaybookAction]
    service_plans: list[str]
    channels: dict[str, str]
    currency: str | None = None
    problem: str | None = None


class LivenessAnswer(Shape, frozen=True):
    """The process answers."""

    live: bool
