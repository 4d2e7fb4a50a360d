"""From what was found to its form on the wire."""

from datetime import date

from recommender.engine.finding import Found, FoundCustomer, FoundLine, FoundOrder, FoundPeople
from recommender.events.personal import PersonalData
from recommender.promises import LedgerRow
from recommender.promises.words import local_day
from recommender.storage.results import StoredEvent
from recommender.types import ItemNumber
from serving import find_wire as wire
from serving.cards import Cards
from serving.dealing_wire import NamedItem
from serving.dealings import moment


def found_answer(found: Found, cards: Cards) -> wire.FoundAnswer:
    """Return a page of customers."""
    show = _Showing(cards)
    guests = found.guests
    return wire.FoundAnswer(
        customers=[show.customer(one) for one in found.customers],
        guests=None
        if guests is None
        else wire.GuestsAnswer(
            orders=[show.order(one) for one in guests.orders],
            mentions=tuple(_mention(one) for one in guests.mentions),
        ),
        next_cursor=found.customers[-1].customer_id if found.has_more and found.customers else None,
    )


def people_answer(found: FoundPeople) -> wire.FoundAnswer:
    """Return a page of who is called so."""
    return wire.FoundAnswer(
        customers=[
            wire.FoundCustomerAnswer(
                customer_id=one.customer_id,
                customer_version=one.version,
                orders=[],
                profile=profile_answer(one.personal),
                same_person=one.same_person,
                last_bought_at=one.last_bought_at,
            )
            for one in found.customers
        ],
        next_cursor=found.customers[-1].customer_id if found.has_more else None,
    )


def profile_answer(personal: PersonalData) -> wire.ProfileAnswer | None:
    """Return what somebody is called; None where nothing was told."""
    if personal == PersonalData():
        return None
    return wire.ProfileAnswer(name=personal.name, email=personal.email, phone=personal.phone)


class _Showing:
    """One function per form."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def customer(self, one: FoundCustomer) -> wire.FoundCustomerAnswer:
        return wire.FoundCustomerAnswer(
            customer_id=one.customer_id or "",
            customer_version=one.version,
            orders=[self.order(order) for order in one.orders],
            promises=tuple(self.promise(row) for row in one.promises),
            mentions=tuple(_mention(stored) for stored in one.mentions),
        )

    def order(self, one: FoundOrder) -> wire.FoundOrderAnswer:
        total, currency = one.total()
        return wire.FoundOrderAnswer(
            order_id=one.bought.order_id,
            ordered_at=one.bought.occurred_at,
            source=one.bought.source,
            lines=[self.line(line) for line in one.lines],
            channel=one.bought.channel,
            store_id=one.bought.store_id,
            total=total,
            currency=currency,
            cancelled_at=one.cancelled_at,
            delivered_at=one.delivered_at,
        )

    def line(self, one: FoundLine) -> wire.FoundLineAnswer:
        line = one.line
        return wire.FoundLineAnswer(
            item=self._item(one.number),
            quantity=line.quantity,
            returned=one.returned,
            line_id=line.line_id,
            serial=line.serial,
            unit_price=line.unit_price,
            currency=line.currency,
            discount=line.discount,
            is_gift=line.is_gift,
            recipient=line.recipient,
            kit_id=line.kit_id,
        )

    def promise(self, row: LedgerRow) -> wire.FoundPromiseAnswer:
        one, zone = row.obligation, row.zone
        unit, plan = one.unit, one.plan
        return wire.FoundPromiseAnswer(
            plan_id=plan.id,
            service=plan.name,
            state=one.state,
            item=self._item(unit.number),
            order_id=unit.order_id,
            due_on=date.fromisoformat(local_day(one.due_s, zone)),
            in_time_until=date.fromisoformat(local_day(one.lapses_s - 1, zone)),
            remind_from=date.fromisoformat(local_day(one.remind_from_s, zone)),
            line_id=unit.line_id,
            serial=unit.serial,
            last_visit_at=None if one.last_visit_s is None else moment(one.last_visit_s),
            appointment_at=None if one.booking is None else moment(one.booking.starts_s),
            consequence=plan.consequence or None,
        )

    def _item(self, number: int) -> NamedItem:
        card = self._cards.card(ItemNumber(number))
        return NamedItem(item_id=card.item_id, name=card.name)


def _mention(stored: StoredEvent) -> wire.MentionAnswer:
    event = stored.event
    return wire.MentionAnswer(
        seq=stored.seq,
        type=str(event.__struct_config__.tag),
        source=event.source,
        event_id=event.event_id,
        occurred_at=event.occurred_at,
    )
