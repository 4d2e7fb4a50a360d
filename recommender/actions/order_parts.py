"""What is known of orders beyond the time of their lines: units and deliveries know order ids, lines do not."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from recommender.actions.orders import Order
from recommender.actions.situation import CustomerSituation
from recommender.customers.dealings import Unit


class Told(NamedTuple):
    """All deliveries of one order until now: when the first was, and when each item of it arrived last."""

    order_id: str
    first_s: int
    arrived_s: dict[int, int]


def told_deliveries(situation: CustomerSituation, since_s: int) -> Sequence[Told]:
    """Return the deliveries of every order of which something arrived since a time."""
    deliveries, now_s = situation.dealings.deliveries, situation.now_s
    order_ids = {one.order_id for one in takewhile(lambda one: one.at_s >= since_s, reversed(deliveries))}
    found: dict[str, Told] = {}
    for one in deliveries if order_ids else ():
        if one.order_id in order_ids and one.at_s <= now_s:
            told = found.setdefault(one.order_id, Told(one.order_id, one.at_s, {}))
            told.arrived_s.update(dict.fromkeys(one.numbers, one.at_s))
    return tuple(found.values())


def began_s(situation: CustomerSituation, order: Order, told: Iterable[Told]) -> int:
    """Return when the first part of an order was bought, as far as units and deliveries know that they are parts of one.

    Parameters
    ----------
    situation
        The customer.
    order
        One of their orders, or a part of one.
    told
        What was delivered since it was bought, or more.
    """
    units, at_s, numbers = situation.dealings.units, order.at_s, set(order.numbers)
    first_s, order_ids = at_s, {unit.order_id for unit in units if unit.bought_s == at_s}
    if order_ids:
        first_s = min(unit.bought_s for unit in units if unit.order_id in order_ids)
    for one in told:
        arrived_s = one.arrived_s
        shared = arrived_s.keys() & numbers
        of_this_alone = one.first_s >= at_s and len(shared) == len(arrived_s)
        if shared and not of_this_alone and max(map(arrived_s.__getitem__, shared)) >= at_s:
            times = bought_at(one, situation.orders_since(0), units)
            if at_s in times:
                first_s = min(first_s, *times)
    return first_s


def bought_at(told: Told, orders: Iterable[Order], units: Iterable[Unit]) -> set[int]:
    """Return when the goods of a delivered order were bought; nobody knows it of goods that all came back.

    As its units say; without any, in the newest order before the first delivery that holds all of them; else each when it
    was last bought before it arrived, or when it arrived where nobody remembers.

    Parameters
    ----------
    told
        What was delivered.
    orders
        Newest first.
    units
        Of the customer.

    Examples
    --------
    >>> orders = (Order(30, (1,)), Order(20, (2, 3)), Order(10, (2,)))
    >>> bought_at(Told("A", 25, {2: 25, 3: 25}), orders, ()), sorted(bought_at(Told("B", 35, {1: 35, 3: 35}), orders, ()))
    ({20}, [20, 30])
    """
    times = {unit.bought_s for unit in units if unit.order_id == told.order_id}
    if not told.arrived_s:
        return times
    held: set[int] = set()
    for order in orders:
        if order.at_s in times:
            held.update(order.numbers)
        elif not times and order.at_s <= told.first_s and told.arrived_s.keys() <= set(order.numbers):
            return {order.at_s}
    for number, arrived_s in told.arrived_s.items():
        if number not in held:
            bought = (order.at_s for order in orders if order.at_s <= arrived_s and number in order.numbers)
            times.add(next(bought, arrived_s))
    return times
