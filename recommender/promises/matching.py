"""Which units a visit or an appointment is about."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from recommender.customers.dealings import Booking, Unit, Visit


class Mention(NamedTuple):
    """How an event names a unit; each may be missing."""

    number: int | None
    serial: str | None
    order_id: str | None


def mention_of(event: Visit | Booking) -> Mention:
    """Return how an event names a unit."""
    return Mention(event.number, event.serial, event.order_id if isinstance(event, Visit) else None)


def meant(mention: Mention, planned: Sequence[Unit], all_units: Sequence[Unit]) -> Collection[int]:
    """Return which of the planned units an event may be about, as positions; several where it does not say.

    By serial, else by order, else by item; who names nothing means any of them. A serial or an order that belongs to
    another unit of the customer means that one; one that nobody knows says nothing, except that a unit with another
    serial is not meant.

    Parameters
    ----------
    mention
        How the event names the unit.
    planned
        The units of the plan.
    all_units
        Those and the customer's others.

    Examples
    --------
    >>> kitchen = Unit(7, "1", None, None, 0, 1)
    >>> bath = Unit(7, "2", None, "B-2", 0, 1)
    >>> meant(Mention(7, "B-2", None), [kitchen, bath], [kitchen, bath])
    [1]
    >>> meant(Mention(7, None, "1"), [kitchen, bath], [kitchen, bath])
    [0]
    >>> list(meant(Mention(7, None, None), [kitchen, bath], [kitchen, bath]))
    [0, 1]
    """
    if mention == (None, None, None):
        return range(len(planned))
    found: Collection[int] = range(len(planned))
    if mention.serial is not None:
        same = _by_serial(mention, planned)
        if same or any(unit.serial == mention.serial for unit in all_units):
            return same
        found = [place for place in found if planned[place].serial is None]
    if mention.number is not None:
        found = [place for place in found if planned[place].number == mention.number]
    return found if mention.order_id is None else _by_order(mention, found, planned, all_units)


def _by_serial(mention: Mention, planned: Sequence[Unit]) -> list[int]:
    """Return the units of a serial; two makers may number alike, then the item decides."""
    same = [place for place, unit in enumerate(planned) if unit.serial == mention.serial]
    exact = [place for place in same if planned[place].number == mention.number]
    return exact or same


def _by_order(
    mention: Mention, found: Collection[int], planned: Sequence[Unit], all_units: Sequence[Unit]
) -> Collection[int]:
    same = [place for place in found if planned[place].order_id == mention.order_id]
    if same or mention.number is not None:
        return same or found
    return [] if any(unit.order_id == mention.order_id for unit in all_units) else found


def last_seen_s(unit: Unit, visits: Iterable[Visit], all_units: Sequence[Unit], until_s: int) -> int | None:
    """Return when a unit was last serviced, whatever for; None: never, as far as visits say which unit they were for.

    Parameters
    ----------
    unit
        One of the customer's.
    visits
        Of the customer.
    all_units
        Of the customer.
    until_s
        Visits after it have not happened yet.

    Examples
    --------
    >>> golf, polo = Unit(7, "1", None, "V-1", 0, 1), Unit(8, "2", None, None, 0, 1)
    >>> visits = [Visit("oil-change", 50, None, "V-1", None), Visit("wash", 60, None, None, None)]
    >>> last_seen_s(golf, visits, [golf, polo], 99), last_seen_s(polo, visits, [golf, polo], 99)
    (50, None)
    """
    times = (
        visit.at_s
        for visit in visits
        if unit.bought_s <= visit.at_s <= until_s
        and [all_units[place] for place in meant(mention_of(visit), all_units, all_units)] == [unit]
    )
    return max(times, default=None)
