"""Who holds this receipt, or this unit: from an order or serial number to customers, orders and promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec
import numpy as np

from recommender.actions.repertoire import Repertoire
from recommender.contacts import zone_of
from recommender.customers.dealing_folds.bought import BoughtLine
from recommender.customers.folding import fold, kept_lines
from recommender.events.vocabulary import AnyEvent, Delivered, OrderCancelled, OrderLine, Purchase, Return
from recommender.promises import LedgerRow, ledger_of
from recommender.storage.log import EventLog
from recommender.storage.mentions import NameKind
from recommender.storage.numbers import NumbersOnce
from recommender.storage.reading import History
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId, ItemId, ItemNumber

MOST_MENTIONS: Final = 20
"""So many events that name the number are shown of each customer, the newest."""

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
        seqs = [seq for _, own in named.customers for seq in own] + list(named.guests)
        events = {stored.seq: stored for stored in self.log.events_at(seqs)}
        histories = self.log.histories_of([CustomerId(one) for one, _ in named.customers])
        numbers = NumbersOnce(self.log.numbers)
        customers = tuple(
            self._customer(sought, CustomerId(one), histories[CustomerId(one)], numbers, _others(own, events))
            for one, own in named.customers
        )
        guests = (
            self._guests(sought, [events[seq] for seq in named.guests if seq in events], numbers)
            if named.guests
            else None
        )
        return Found(customers, guests, named.has_more)

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
        """Return what is promised for the units of the orders; of a serial number for its unit."""
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
        mine = (row for row in rows if row.obligation.unit.order_id in order_ids)
        if sought.kind == "serial":
            mine = (row for row in mine if row.obligation.unit.serial == sought.name)
        return tuple(sorted(mine, key=lambda row: row.urgency))

    def _guests(
        self, sought: Sought, named: Sequence[StoredEvent], numbers: Mapping[ItemId, ItemNumber]
    ) -> FoundCustomer:
        """Return what nobody known bought; of their returns those count that name the order."""
        around = list(named)
        if sought.kind == "serial":
            orders = sorted({one.event.order_id for one in named if isinstance(one.event, Purchase)})
            around += self.log.events_at([seq for order_id in orders for seq in self._guests_of(order_id)])
        known = {stored.seq: _about_orders(stored.event) for stored in around}
        mentions = tuple(stored for stored in named if not isinstance(stored.event, Purchase))
        return FoundCustomer(None, 0, _orders(sought, known.values(), numbers), (), mentions)

    def _guests_of(self, order_id: str) -> tuple[int, ...]:
        return self.log.named_by("order", order_id, limit=0, most_events=MOST_MENTIONS).guests


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
