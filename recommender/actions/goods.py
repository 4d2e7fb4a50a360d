"""Which order something belongs to, and what is complained about."""

from collections.abc import Iterator
from typing import NamedTuple

from recommender.actions.situation import CustomerSituation


class Arrival(NamedTuple):
    """Goods that reached the customer, or count as if; ``delivered`` says which. Without a known order, None."""

    at_s: int
    numbers: tuple[int, ...]
    order_id: str | None
    delivered: bool


def bought_or_delivered_s(situation: CustomerSituation) -> int:
    """Return when goods were last bought or delivered, seconds since 1970; 0 without any."""
    deliveries = situation.dealings.deliveries
    return max(situation.state.last_s, deliveries[-1].at_s) if deliveries else situation.state.last_s


def order_id_at(situation: CustomerSituation, bought_s: int) -> str | None:
    """Return the id of the order of a time, as far as its units are told apart; None when unknown."""
    return next((unit.order_id for unit in situation.dealings.units if unit.bought_s == bought_s), None)


def arrivals(situation: CustomerSituation, from_s: int, undelivered_after_s: int | None) -> Iterator[Arrival]:
    """Yield what arrived from a time on until now, deliveries first, newest first of each.

    Goods without any delivery since they were bought count as arrived ``undelivered_after_s`` after the purchase; None:
    never. What was given back is in neither.
    """
    now_s, deliveries = situation.now_s, situation.dealings.deliveries
    for one in reversed(deliveries):
        if from_s <= one.at_s <= now_s and one.numbers:
            yield Arrival(one.at_s, one.numbers, one.order_id, delivered=True)
    if undelivered_after_s is None:
        return
    for order in situation.orders_since(from_s - undelivered_after_s):
        arrived = {number for one in deliveries if one.at_s >= order.at_s for number in one.numbers}
        waiting = tuple(number for number in order.numbers if number not in arrived)
        at_s = order.at_s + undelivered_after_s
        if waiting and from_s <= at_s <= now_s:
            yield Arrival(at_s, waiting, order_id_at(situation, order.at_s), delivered=False)


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
