"""Who holds this receipt or this unit, or is called so: from a number or a name to customers, orders and promises."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec
import numpy as np

from recommender.actions.repertoire import Repertoire
from recommender.contacts import zone_of
from recommender.customers.calling import FEWEST_DIGITS, CallKind, asked_for
from recommender.customers.dealing_folds.bought import BoughtLine
from recommender.customers.folding import fold, kept_lines
from recommender.errors import InvalidRequestError
from recommender.events.personal import PersonalData
from recommender.events.vocabulary import AnyEvent, Delivered, OrderCancelled, OrderLine, Purchase, Return
from recommender.promises import LedgerRow, goes_by_order, goes_by_serial, ledger_of
from recommender.storage.log import EventLog
from recommender.storage.mentions import NameKind
from recommender.storage.numbers import NumbersOnce
from recommender.storage.reading import History
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId, ItemId, ItemNumber

MOST_MENTIONS: Final = 20
"""So many events that name the number are shown of each customer, the newest."""

MOST_OF_GUESTS: Final = 1_000
"""So many events of guests that name the number are read, the newest: a till may send each line as an event of its own."""

_LOOKED_FOR: Final[Mapping[CallKind, str]] = {
    "name": "words of a name, or their beginnings",
    "email": "a whole address",
    "phone": f"a number, or its last digits, {FEWEST_DIGITS} at least",
}

_ALMOST_NOTHING: Final = 1e-9
"""Share of a quantity that is an artefact of floating point, and not returned."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: an order number or a serial number, exactly as it was sent.

    Attributes
    ----------
    after
        Only customers after this one; None: from the beginning, with guests.
    limit
        How many customers at most.
    """

    kind: NameKind
    name: str
    after: CustomerId | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class SoughtPerson:
    """Whom somebody looks for who knows a name, an email or a phone; see :func:`.calling.asked_for`.

    Attributes
    ----------
    after
        Only customers after this one; None: from the beginning.
    limit
        How many customers at most.
    """

    kind: CallKind
    text: str
    after: CustomerId | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Who is called so: all they are called, other subjects that are the same person, and when they last bought."""

    customer_id: CustomerId
    version: int
    personal: PersonalData
    same_person: tuple[CustomerId, ...]
    last_bought_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """Customers, ascending by id, and whether others follow."""

    customers: tuple[FoundPerson, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of an order, and how many of it came back; all of a cancelled order did."""

    line: OrderLine
    number: ItemNumber
    returned: float


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """One order; events with its number are one. ``bought`` is the first of them."""

    bought: Purchase
    lines: tuple[FoundLine, ...]
    cancelled_at: datetime | None
    delivered_at: datetime | None

    def total(self) -> tuple[Decimal | None, str | None]:
        """Return what it cost, before anything came back, and in which currency; None where a price is not known."""
        lines = [one.line for one in self.lines]
        currencies = {line.currency for line in lines}
        if len(currencies) != 1:
            return None, None
        paid = Decimal(0)
        for line in lines:
            if line.unit_price is None:
                return None, None
            paid += line.unit_price * Decimal(str(line.quantity)) - (line.discount or 0)
        return Decimal(f"{paid.normalize():f}"), currencies.pop()


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """Whose events name the number: the orders, oldest first, and the promises on units of them, the most urgent first.

    ``mentions`` are events other than purchases that name it, newest first.
    """

    customer_id: CustomerId | None
    version: int
    orders: tuple[FoundOrder, ...]
    promises: tuple[LedgerRow, ...]
    mentions: tuple[StoredEvent, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Customers, ascending by id; what guests bought; and whether other customers follow."""

    customers: tuple[FoundCustomer, ...]
    guests: FoundCustomer | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks up in one log; with a playbook also what it promises.

    Parameters
    ----------
    repertoire
        The playbook over the catalogue; None: nothing is promised.
    now_s
        When, seconds since 1970.
    """

    log: EventLog
    repertoire: Repertoire | None
    now_s: int

    def find(self, sought: Sought) -> Found:
        """Return who holds what is sought; nobody where no event names it.

        Raises
        ------
        LogUnavailableError
            The log does not answer.
        """
        named = self.log.named_by(
            sought.kind, sought.name, after=sought.after, limit=sought.limit, most_events=MOST_MENTIONS
        )
        by_guests = self._guests_of(sought.kind, sought.name) if named.guests else ()
        seqs = [*(seq for _, own in named.customers for seq in own), *by_guests]
        events = {stored.seq: stored for stored in self.log.events_at(seqs)}
        histories = self.log.histories_of([CustomerId(one) for one, _ in named.customers])
        numbers = NumbersOnce(self.log.numbers)
        customers = tuple(
            self._customer(sought, CustomerId(one), histories[CustomerId(one)], numbers, _others(own, events))
            for one, own in named.customers
        )
        guests = (
            self._guests(sought, [events[seq] for seq in by_guests if seq in events], numbers)
            if by_guests
            else None
        )
        return Found(customers, guests, named.has_more)

    def find_person(self, sought: SoughtPerson) -> FoundPeople:
        """Return who is called what is sought, now; nobody where nobody is.

        Raises
        ------
        InvalidRequestError
            There is nothing to look for in it.
        LogUnavailableError
            The log does not answer.
        """
        asked = asked_for(sought.kind, sought.text)
        if asked is None:
            raise InvalidRequestError(
                f"{sought.kind} holds nothing to look for",
                expected=_LOOKED_FOR[sought.kind],
                found=repr(sought.text[:80]),
            )
        found = self.log.called_so(asked, after=sought.after, limit=sought.limit)
        return FoundPeople(tuple(self._person(*one) for one in found.customers), found.has_more)

    def _person(self, customer_id: CustomerId, personal: PersonalData) -> FoundPerson:
        bought = self.log.events_of(customer_id, kinds=["purchase"], limit=1)
        return FoundPerson(
            customer_id,
            self.log.version_of(customer_id),
            personal,
            tuple(self.log.person_of(customer_id)),
            bought[0].event.occurred_at if bought else None,
        )

    def _customer(
        self,
        sought: Sought,
        customer_id: CustomerId,
        history: History,
        numbers: Mapping[ItemId, ItemNumber],
        mentions: tuple[StoredEvent, ...],
    ) -> FoundCustomer:
        orders = _orders(sought, history.events, numbers)
        promises = self._promises(sought, orders, (customer_id, history), numbers)
        return FoundCustomer(customer_id, history.version, orders, promises, mentions)

    def _promises(
        self,
        sought: Sought,
        orders: Sequence[FoundOrder],
        customer: tuple[CustomerId, History],
        numbers: Mapping[ItemId, ItemNumber],
    ) -> tuple[LedgerRow, ...]:
        """Return what is promised for the units of the orders, or for what took their place; of a serial number for its unit."""
        repertoire = self.repertoire
        if repertoire is None or not orders:
            return ()
        customer_id, history = customer
        planned = frozenset(map(ItemNumber, np.flatnonzero(repertoire.planned).tolist()))
        state = fold(history.events, numbers, history.version, unit_items=planned)
        rows = ledger_of(
            [(customer_id, state)],
            [(plan, repertoire.plan_items[plan.id]) for plan in repertoire.playbook.plans],
            now_s=self.now_s,
            zone_of=partial(zone_of, playbook=repertoire.playbook),
        )
        order_ids = {order.bought.order_id for order in orders}
        mine = (row for row in rows if goes_by_order(row.obligation.unit, order_ids))
        if sought.kind == "serial":
            mine = (row for row in mine if goes_by_serial(row.obligation.unit, sought.name))
        return tuple(sorted(mine, key=lambda row: row.urgency))

    def _guests(
        self, sought: Sought, named: Sequence[StoredEvent], numbers: Mapping[ItemId, ItemNumber]
    ) -> FoundCustomer:
        """Return what nobody known bought; of their returns those count that name the order."""
        around = list(named)
        if sought.kind == "serial":
            orders = sorted({one.event.order_id for one in named if isinstance(one.event, Purchase)})
            around += self.log.events_at(
                [seq for order_id in orders for seq in self._guests_of("order", order_id)]
            )
        known = {stored.seq: _about_orders(stored.event) for stored in around}
        mentions = [stored for stored in named if not isinstance(stored.event, Purchase)]
        found = [
            order for events in _by_seller(list(known.values())) for order in _orders(sought, events, numbers)
        ]
        return FoundCustomer(None, 0, tuple(found), (), tuple(mentions[:MOST_MENTIONS]))

    def _guests_of(self, kind: NameKind, name: str) -> tuple[int, ...]:
        return self.log.named_by(kind, name, limit=0, most_events=MOST_OF_GUESTS).guests


def _by_seller(events: Sequence[AnyEvent]) -> Iterator[list[AnyEvent]]:
    """Yield what happened to the order of each system that sold one under the number: guests of two shops are two.

    What came from a system that sold none, such as a desk for returns, may be about each of them.
    """
    sold = sorted((one for one in events if isinstance(one, Purchase)), key=lambda one: one.occurred_at)
    sellers = dict.fromkeys(one.source for one in sold)
    for seller in sellers:
        yield [one for one in events if one.source == seller or one.source not in sellers]


def _others(seqs: Sequence[int], events: Mapping[int, StoredEvent]) -> tuple[StoredEvent, ...]:
    found = (events[seq] for seq in seqs if seq in events)
    return tuple(stored for stored in found if not isinstance(stored.event, Purchase))


def _orders(
    sought: Sought, events: Iterable[AnyEvent], numbers: Mapping[ItemId, ItemNumber]
) -> tuple[FoundOrder, ...]:
    """Return the orders that have the number, or of which a line has the serial number; oldest first."""
    known = list(events)
    by_order: dict[str, list[BoughtLine]] = {}
    for one in kept_lines(known, numbers):
        by_order.setdefault(one.order.order_id, []).append(one)
    if sought.kind == "order":
        wanted = [sought.name] if sought.name in by_order else []
    else:
        wanted = [
            order_id
            for order_id, lines in by_order.items()
            if any(one.line.serial == sought.name for one in lines)
        ]
    return tuple(_order(by_order[order_id], known) for order_id in wanted)


def _order(lines: Sequence[BoughtLine], events: Iterable[AnyEvent]) -> FoundOrder:
    bought = lines[0].order
    around = [
        event
        for event in events
        if isinstance(event, OrderCancelled | Delivered) and event.order_id == bought.order_id
    ]
    return FoundOrder(
        bought,
        tuple(FoundLine(one.line, ItemNumber(one.number), _returned(one)) for one in lines),
        cancelled_at=max(
            (one.occurred_at for one in around if isinstance(one, OrderCancelled)), default=None
        ),
        delivered_at=max((one.occurred_at for one in around if isinstance(one, Delivered)), default=None),
    )


def _returned(one: BoughtLine) -> float:
    returned = one.line.quantity - one.kept
    return returned if returned > _ALMOST_NOTHING * one.line.quantity else 0.0


def _about_orders(event: AnyEvent) -> AnyEvent:
    if not isinstance(event, Return):
        return event
    return msgspec.structs.replace(
        event, lines=tuple(line for line in event.lines if line.order_id is not None)
    )
