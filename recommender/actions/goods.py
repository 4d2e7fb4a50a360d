"""Which order something belongs to, and what is complained about."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from recommender.actions.order_parts import bought_at, told_deliveries
from recommender.actions.orders import Order
from recommender.actions.situation import CustomerSituation


class Arrival(NamedTuple):
    """Goods that reached the customer, or count as if; ``delivered`` says which. Without a known order, None."""

    at_s: int
    numbers: tuple[int, ...]
    order_id: str | None
    delivered: bool


def bought_or_delivered_s(situation: CustomerSituation) -> int:
    """Return when goods were last bought or delivered, seconds since 1970; 0 without any."""
    deliveries, bought_s = situation.dealings.deliveries, last_order_s(situation)
    return max(bought_s, deliveries[-1].at_s) if deliveries else bought_s


def last_order_s(situation: CustomerSituation) -> int:
    """Return when goods were last bought of which something was kept; 0 without any.

    Of two units with serials the newer may have been kept where the lines, which know no serials, say the older.
    """
    units = situation.dealings.units
    return max(situation.state.last_s, units[-1].bought_s) if units else situation.state.last_s


def order_id_at(situation: CustomerSituation, bought_s: int) -> str | None:
    """Return the id of the order of a time, as far as its units are told apart; None when unknown."""
    return next((unit.order_id for unit in situation.dealings.units if unit.bought_s == bought_s), None)


def arrivals(situation: CustomerSituation, from_s: int, undelivered_after_s: int | None) -> Iterator[Arrival]:
    """Yield what arrived from a time on until now, deliveries first, newest first of each.

    Goods of an order without any delivery count as arrived ``undelivered_after_s`` after the purchase; None: never. What a
    delivery left out is on its way. What was given back is in neither, nor what was bought for somebody else.
    """
    now_s, deliveries = situation.now_s, situation.dealings.deliveries
    for one in reversed(deliveries):
        if from_s <= one.at_s <= now_s and one.numbers:
            yield Arrival(one.at_s, one.numbers, one.order_id, delivered=True)
    if undelivered_after_s is None:
        return
    orders = _without_gifts(situation, situation.orders_since(from_s - undelivered_after_s))
    arrived_s = {number: one.at_s for one in deliveries if one.at_s <= now_s for number in one.numbers}
    begun: set[int] | None = None
    for order in orders:
        waiting = tuple(number for number in order.numbers if arrived_s.get(number, -1) < order.at_s)
        at_s = order.at_s + undelivered_after_s
        if waiting and from_s <= at_s <= now_s:
            if begun is None:
                begun = _begun(situation, orders)
            if order.at_s not in begun:
                yield Arrival(at_s, waiting, order_id_at(situation, order.at_s), delivered=False)


def _begun(situation: CustomerSituation, orders: Sequence[Order]) -> set[int]:
    """Return the times of orders, given newest first, of which a delivery was told."""
    units = situation.dealings.units
    told = told_deliveries(situation, orders[-1].at_s)
    return {at_s for one in told for at_s in bought_at(one, orders, units)}


def _without_gifts(situation: CustomerSituation, orders: Sequence[Order]) -> Sequence[Order]:
    """Return orders without what was bought for somebody else."""
    given = _given_away(situation)
    if not given:
        return orders
    own = [
        Order(order.at_s, tuple(one for one in order.numbers if (order.at_s, one) not in given))
        for order in orders
    ]
    return [order for order in own if order.numbers]


def _given_away(situation: CustomerSituation) -> Collection[tuple[int, int]]:
    """Return the time and the item of each gift, unless the same order holds one of the item for the customer too."""
    gifts = Counter((one.at_s, one.number) for one in situation.dealings.gifts)
    if not gifts:
        return ()
    recent = situation.state.recent
    lines = Counter(zip(recent.at_s.tolist(), recent.number.tolist(), strict=True))
    return {place for place, count in gifts.items() if lines[place] <= count}


def arrived_bought_s(situation: CustomerSituation, arrival: Arrival, number: int) -> int:
    """Return when an item of an arrival was bought: as its unit says, else last by then; when it arrived, if nobody knows."""
    for unit in situation.dealings.units:
        if unit.number == number and unit.order_id == arrival.order_id:
            return unit.bought_s
    bought_s = last_bought_s(situation, number, arrival.at_s)
    return arrival.at_s if bought_s is None else bought_s


def last_bought_s(situation: CustomerSituation, number: int, until_s: int) -> int | None:
    """Return when an item was last bought by a time, as far as the newest order lines remember; None: not at all."""
    recent = situation.state.recent
    earlier = recent.at_s[(recent.number == number) & (recent.at_s <= until_s)]
    return int(earlier[-1]) if earlier.size else None


def is_complained_about(situation: CustomerSituation, number: int, order_id: str | None) -> bool:
    """Whether an open complaint is, or may be, about an item of an order.

    One that names an item is about that item; one that names only an order is about that order, and about every item
    whose order nobody knows; one that names neither is about everything.
    """
    return any(
        one.number == number
        if one.number is not None
        else one.order_id is None or order_id is None or one.order_id == order_id
        for one in situation.open_complaints
    )
