"""The facts of one customer at one moment, found when they are asked for and then kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from recommender.actions.contacting import Said, what_was_said
from recommender.actions.facts import CUSTOMER_FACTS, ITEM_FACTS
from recommender.actions.orders import Order, orders_since
from recommender.actions.repertoire import Repertoire
from recommender.actions.rhythm import Rhythm, rhythm_of
from recommender.customers import CustomerState
from recommender.customers.dealings import Complaint, Dealings, Unit
from recommender.events.validation import CLOCK_TOLERANCE
from recommender.playbook.situation import FactValue
from recommender.promises import Obligation, obligations_of

_Key: TypeAlias = str | tuple[str, str]
_LARGEST: Final = 2**32 - 1
_AHEAD_S: Final = int(CLOCK_TOLERANCE.total_seconds())


def is_told(complaint: Complaint, now_s: int) -> bool:
    """Whether a complaint was opened by now, or by a clock that is ahead of ours: who accepted it knows of it."""
    return complaint.opened_s <= now_s + _AHEAD_S


def is_open(complaint: Complaint, now_s: int) -> bool:
    """Whether a complaint waits for its end."""
    return is_told(complaint, now_s) and (complaint.resolved_s is None or complaint.resolved_s > now_s)


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When, where and for which request a decision is made.

    Parameters
    ----------
    now_s
        Seconds since 1970.
    zone
        Of the customer, or of the playbook.
    channel, placement
        Where the answer will be shown; None where the request does not say.
    request_id
        Of an outbound request: what it reserved itself does not stand in its way.
    decision_id
        What the request is answered by, and reserved under.
    without_goodwill
        Actions whose goodwill is spent, by id.
    """

    now_s: int
    zone: ZoneInfo
    channel: str | None = None
    placement: str | None = None
    request_id: str | None = None
    without_goodwill: tuple[str, ...] = ()
    decision_id: str | None = None


class CustomerSituation:
    """What conditions and kinds ask of one customer in one decision; not shared between threads.

    Parameters
    ----------
    repertoire
        The playbook over the catalogue.
    state
        The fold of the customer's events.
    moment
        When and where.

    Examples
    --------
    >>> from recommender.actions.repertoire import repertoire_of
    >>> from recommender.catalog import Catalogue
    >>> from recommender.playbook.model import Playbook
    >>> repertoire = repertoire_of(Playbook("v1", "shop"), Catalogue.empty())
    >>> nobody = CustomerSituation(repertoire, CustomerState.empty(), Moment(1_700_000_000, ZoneInfo("UTC")))
    >>> nobody.fact("customer.orders"), nobody.fact("customer.new"), nobody.fact("customer.last_purchase")
    (0.0, True, None)
    """

    __slots__ = (
        "_clocks",
        "_items",
        "_known",
        "_local",
        "_obligations",
        "_open",
        "_orders",
        "_orders_from_s",
        "_rhythm",
        "_said",
        "dealings",
        "moment",
        "now_s",
        "repertoire",
        "state",
    )

    repertoire: Repertoire
    state: CustomerState
    dealings: Dealings
    moment: Moment
    now_s: int

    def __init__(self, repertoire: Repertoire, state: CustomerState, moment: Moment) -> None:
        self.repertoire = repertoire
        self.state = state
        self.dealings = state.dealings
        self.moment = moment
        self.now_s = moment.now_s
        self._known: dict[_Key, FactValue | None] = {}
        self._items: dict[int, ItemSituation] = {}
        self._local: datetime | None = None
        self._open: list[Complaint] | None = None
        self._rhythm: Rhythm | None = None
        self._orders: tuple[Order, ...] = ()
        self._orders_from_s = moment.now_s + 1
        self._said: dict[str, list[Said]] | None = None
        self._obligations: dict[str, list[Obligation]] = {}
        self._clocks: dict[int, datetime] = {}

    def fact(self, name: str, argument: str | None = None) -> FactValue | None:
        """Return a fact by its name; None when it is not known of this customer, or is one of an item.

        Raises
        ------
        KeyError
            The vocabulary has no such name: the reader of the playbook refuses it before.
        """
        key = name if argument is None else (name, argument)
        known = self._known
        if key in known:
            return known[key]
        if name in ITEM_FACTS:
            return None
        found = known[key] = CUSTOMER_FACTS[name](self, argument or "")
        return found

    def about(self, number: int, unit: Unit | None = None) -> "ItemSituation":
        """Return the situation of an action about one item, or about some units of it."""
        if unit is not None:
            return ItemSituation(self, number, unit)
        known = self._items.get(number)
        if known is None:
            known = self._items[number] = ItemSituation(self, number, None)
        return known

    @property
    def local(self) -> datetime:
        """The moment on the customer's clock."""
        if self._local is None:
            self._local = datetime.fromtimestamp(self.now_s, self.moment.zone)
        return self._local

    @property
    def open_complaints(self) -> Sequence[Complaint]:
        """The complaints that wait for their end."""
        if self._open is None:
            self._open = [one for one in self.dealings.complaints if is_open(one, self.now_s)]
        return self._open

    @property
    def rhythm(self) -> Rhythm:
        """How often the customer orders."""
        if self._rhythm is None:
            self._rhythm = rhythm_of(self.state.recent.at_s, self.moment.zone)
        return self._rhythm

    def orders_since(self, from_s: int) -> tuple[Order, ...]:
        """Return the orders from a time on until now, newest first; what was given back is not in them."""
        if from_s < self._orders_from_s:
            # One look is enough for every kind: from as far back as the kinds reach.
            self._orders_from_s = min(from_s, self.now_s - self.repertoire.furthest_s)
            self._orders = orders_since(self.state.recent, self._orders_from_s, self.now_s)
        orders = self._orders
        if not orders or orders[-1].at_s >= from_s:
            return orders
        return tuple(order for order in orders if order.at_s >= from_s)

    def obligations(self, plan_id: str) -> Sequence[Obligation]:
        """Return what a service plan asks for each of the customer's units."""
        known = self._obligations.get(plan_id)
        if known is None:
            repertoire = self.repertoire
            known = self._obligations[plan_id] = obligations_of(
                repertoire.plans[plan_id],
                self.dealings,
                repertoire.plan_items[plan_id],
                now_s=self.now_s,
                zone=self.moment.zone,
            )
        return known

    @property
    def said(self) -> Mapping[str, Sequence[Said]]:
        """What was sent or promised, accepted or dismissed, by action."""
        if self._said is None:
            self._said = what_was_said(self.dealings, self.moment)
        return self._said

    def date_of(self, at_s: int) -> str:
        """Return the date of a time on the customer's calendar, ISO 8601."""
        return self.clock_at(at_s).date().isoformat()

    def clock_at(self, at_s: int) -> datetime:
        """Return a time on the customer's clock."""
        known = self._clocks.get(at_s)
        if known is None:
            known = self._clocks[at_s] = datetime.fromtimestamp(at_s, self.moment.zone)
        return known

    def holding(self, number: int) -> int | None:
        """Return the row of an item among the holdings; None when nothing of it was kept."""
        held = self.state.items.number
        if not 0 <= number <= _LARGEST:
            return None
        row = int(held.searchsorted(np.uint32(number)))
        return row if row < held.size and held[row] == number else None

    def owns(self, number: int) -> bool:
        """Whether some of an item is still the customer's own; gifts are not."""
        row = self.holding(number)
        return row is not None and bool(self.state.items.owned[row] > 0)


class ItemSituation:
    """A customer's situation seen from one item: the facts of the item first, then those of the customer."""

    __slots__ = ("_known", "customer", "number", "unit")

    customer: CustomerSituation
    number: int
    unit: Unit | None

    def __init__(self, customer: CustomerSituation, number: int, unit: Unit | None) -> None:
        self.customer = customer
        self.number = number
        self.unit = unit
        self._known: dict[_Key, FactValue | None] = {}

    def fact(self, name: str, argument: str | None = None) -> FactValue | None:
        """Return a fact by its name, as :meth:`CustomerSituation.fact`."""
        finder = ITEM_FACTS.get(name)
        if finder is None:
            return self.customer.fact(name, argument)
        key = name if argument is None else (name, argument)
        known = self._known
        if key not in known:
            known[key] = finder(self, argument or "")
        return known[key]
