"""The playbook as values: what a marketer declared, checked and with its defaults filled in.

Durations are whole seconds unless they are a :class:`Span`; shares lie between 0 and 1; money is in the playbook's
currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

from recommender.catalog.ownership import OwnershipRule
from recommender.playbook.kinds import ActionKind
from recommender.playbook.situation import Situation

PlaybookVersion: TypeAlias = str
"""SHA-256 of the file's bytes, hexadecimal."""

Direction: TypeAlias = Literal["inbound", "outbound"]

MOST_PER_CATEGORY: Final = 4
"""Products of one category in a slate where a playbook does not say: no five of them."""


class Condition(Protocol):
    """A compiled condition over one :class:`Situation`."""

    @property
    def text(self) -> str:
        """The condition as it was written."""
        ...

    @property
    def facts(self) -> frozenset[str]:
        """Full names of the facts that it asks; ``now`` is among them where a function counts from it."""
        ...

    @property
    def asks_item(self) -> bool:
        """Whether it asks for anything of the item that an action is about."""
        ...

    def holds(self, situation: Situation) -> bool:
        """Whether it is true; a comparison with an unknown fact is not."""
        ...

    def because(self, situation: Situation) -> str:
        """Return the fact that decided, such as ``customer.orders is 1, asked >= 2``."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in the calendar: months first, then days, then seconds, as people count them."""

    months: int = 0
    days: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class ItemSelector:
    """Which items something is about; a category matches every path that begins with it. Empty: every item."""

    item_ids: frozenset[str] = frozenset()
    item_group_ids: frozenset[str] = frozenset()
    categories: tuple[tuple[str, ...], ...] = ()
    attribute: tuple[str, str] | None = None
    """Name and value that the item's attributes must have."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """How long an action stays away after each outcome, per item where it is about one."""

    accepted_s: int = 0
    ignored_s: int = 0
    dismissed_s: int = 0
    sent_s: int = 0
    """After it was sent or seen, whatever followed."""


@dataclass(frozen=True, slots=True)
class Goodwill:
    """What an apology may give; the budgets are never overspent, also not by concurrent decisions."""

    amount: float = 0.0
    per_customer: float = 0.0
    total: float = 0.0
    per_s: int = 0
    """Sliding window of both budgets; 0 is for ever."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a kind that follows a fact speaks up; what a kind does not use is refused by the reader.

    Attributes
    ----------
    after_s
        At the earliest so long after the fact (purchase, delivery, question, resolved complaint).
    within_s
        At the latest so long after it.
    lead_s
        So long before the date: occasions and appointments; 0: on the day itself; None: what is usual for the kind.
    undelivered_after_s
        Review requests: so long after the purchase an order without a delivery event counts as delivered; None: never.
    lapse
        Win-back: how many of the customer's own usual gaps must have passed.
    least_orders
        Win-back: orders that a rhythm takes.
    """

    after_s: int = 0
    within_s: int = 0
    lead_s: int | None = None
    undelivered_after_s: int | None = None
    lapse: float = 2.0
    least_orders: int = 3


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the brand could say."""

    id: str
    kind: ActionKind
    text: str = ""
    """Template with ``{item}``, ``{order}``, ``{date}``, ``{service}``, ``{consequence}`` ...; empty: the kind's own words."""
    topic: str | None = None
    """What consent is asked for; None: only the channel's."""
    trigger: Condition | None = None
    audience: Condition | None = None
    applicability: Condition | None = None
    suitability: Condition | None = None
    items: ItemSelector = ItemSelector()
    channels: frozenset[str] = frozenset()
    """Where it may be said; empty: everywhere."""
    from_s: int | None = None
    until_s: int | None = None
    value: float = 0.0
    """What a positive outcome is worth."""
    value_from_price: float = 0.0
    """Share of the item's price that is added to the value: the margin, where the shop wants it to count."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """Of saying it once, by channel; a channel that is not named costs what the channel declares."""
    context: tuple[tuple[Condition, float], ...] = ()
    """Factors for moments: every condition that holds multiplies."""
    lever: str | None = None
    prior: float = 0.05
    """P0: probability of the positive outcome while nothing is known."""
    prior_weight: float = 50.0
    """How many observations the prior counts for."""
    cooldown: Cooldown = Cooldown()
    expiry_s: int | None = None
    """It is dropped so long after its triggering fact."""
    holdout: float = 0.0
    """Share of customers who never get it, for measuring; drawn by customer and action."""
    timing: Timing = Timing()
    plans: frozenset[str] = frozenset()
    """Service reminders: which plans; empty: all."""
    occasions: frozenset[str] = frozenset()
    """Occasions: which kinds; empty: all."""
    survey_id: str | None = None
    goodwill: Goodwill | None = None


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The obligation attached to each unit of a holding.

    Attributes
    ----------
    first_after, every
        First due so long after the purchase, then so long after the last due date (or visit, see ``anchor``); without
        ``every`` it is due once.
    lead, grace
        Said from ``lead`` before the due date, where that is worth anything; lapsed ``grace`` after it.
    until
        The plan (a warranty) ends so long after the purchase; None: never.
    satisfied_by
        Service codes that count.
    anchor
        ``visit``: the next due date counts from the last satisfying visit; ``schedule``: from the purchase, whatever
        the visits were.
    consequence
        What lapses, in words.
    value
        What keeping the promise once is worth.
    """

    id: str
    name: str
    items: ItemSelector
    first_after: Span
    every: Span | None
    lead: Span
    grace: Span
    until: Span | None
    satisfied_by: frozenset[str]
    anchor: Literal["visit", "schedule"] = "visit"
    consequence: str = ""
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to the customer. Contact limits, quiet hours and consent bind outbound ones."""

    name: str
    direction: Direction
    cost: float = 0.0


Wish: TypeAlias = tuple[str, str]
"""Name and value of a preference of the customer."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``contacts`` within every sliding window of ``per_s``; ``channels`` empty: all outbound together."""

    contacts: int
    per_s: int
    channels: frozenset[str] = frozenset()
    except_kinds: frozenset[ActionKind] = frozenset()
    """Kinds that neither count nor are stopped."""
    preference: Wish | None = None
    """Binds only customers who prefer this; None: everybody."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local time in which no outbound contact goes out; minutes since midnight, ``until`` before ``from`` spans midnight."""

    from_minute: int
    until_minute: int
    weekdays: frozenset[int] = frozenset(range(7))
    """Days on which it begins, Monday is 0."""
    channels: frozenset[str] = frozenset()
    except_kinds: frozenset[ActionKind] = frozenset()
    preference: Wish | None = None
    """Binds only customers who prefer this; None: everybody."""


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """How often and when the brand may come to a customer."""

    caps: tuple[Cap, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    least_spacing_s: int = 0
    """Between two outbound contacts on any channel."""
    reservation_s: int = 3_600
    """A reserved contact that was neither sent nor released counts so long."""
    complaint_grace_s: int = 0
    """Selling stays stopped so long after a complaint was resolved."""
    needs_consent: bool = True
    """Whether an outbound channel takes an explicit ``subscribed``; otherwise only ``unsubscribed`` stops it."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """Everything a marketer declares; the version is the hash of the file."""

    version: PlaybookVersion
    name: str
    currency: str | None = None
    time_zone: str = "UTC"
    """Of customers who have none."""
    actions: tuple[Action, ...] = ()
    plans: tuple[ServicePlan, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    policy: ContactPolicy = ContactPolicy()
    ownership: tuple[OwnershipRule, ...] = ()
    levers: Mapping[str, float] = field(default_factory=dict)
    epsilon: float = 0.0
    """Exploration: share of decisions whose first action is drawn among all that passed the gates."""
    most_per_category: int | None = MOST_PER_CATEGORY
    """Diversity: most products of one category (first two levels of its path) in a slate, offers and refills together; None: no rule."""
