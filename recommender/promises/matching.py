"""Which units a visit or an appointment is about."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from recommender.customers.dealings import Booking, Dealings, FormerUnit, Unit, Visit


class Mention(NamedTuple):
    """How an event names a unit; each may be missing."""

    number: int | None
    serial: str | None
    order_id: str | None


def mention_of(event: Visit | Booking) -> Mention:
    """Return how an event names a unit."""
    return Mention(event.number, event.serial, event.order_id if isinstance(event, Visit) else None)


def all_units_of(dealings: Dealings) -> tuple[Unit | FormerUnit, ...]:
    """Return the units of a customer, those that were, as far as events name them, and those that were replaced."""
    replaced = [name for unit in dealings.units if unit.instead_of for name in unit.instead_of]
    return (*dealings.units, *dealings.former_units, *replaced)


def meant(
    mention: Mention, planned: Sequence[Unit], all_units: Sequence[Unit | FormerUnit]
) -> Collection[int]:
    """Return which of the planned units an event may be about, as positions; several where it does not say.

    By serial, else by order, else by item; who names nothing means any of them. A serial or an order that belongs to
    another unit of the customer means that one, also where it came back since; one that nobody knows says nothing,
    except that a unit with another serial is not meant. What names a unit means the one that took its place, too.

    Parameters
    ----------
    mention
        How the event names the unit.
    planned
        The units of the plan.
    all_units
        Those and the customer's others, with those that were.

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
        numbers = {unit.number for unit in all_units if unit.serial == mention.serial}
        if numbers:
            return _by_serial(mention, planned, numbers)
        found = [place for place in found if planned[place].serial is None]
    if mention.number is not None:
        found = [place for place in found if _is_of(planned[place], mention.number)]
    return found if mention.order_id is None else _by_order(mention, found, planned, all_units)


def _by_serial(mention: Mention, planned: Sequence[Unit], numbers: Collection[int]) -> list[int]:
    """Return the units of a serial; two makers may number alike, then the item decides.

    Parameters
    ----------
    numbers
        Items of all units with the serial.
    """
    same: Collection[int | None] = {mention.number} if mention.number in numbers else numbers
    return [
        place
        for place, unit in enumerate(planned)
        if (unit.serial == mention.serial and unit.number in same)
        or (unit.instead_of and _took_place_of(unit, mention.serial, same))
    ]


def _took_place_of(unit: Unit, serial: str | None, numbers: Collection[int | None]) -> bool:
    return any(name.serial == serial and name.number in numbers for name in unit.instead_of)


def _by_order(
    mention: Mention,
    found: Collection[int],
    planned: Sequence[Unit],
    all_units: Sequence[Unit | FormerUnit],
) -> Collection[int]:
    """Return the units of an order, and of the item where it is named; all of them if the order had no such unit."""
    order_id = mention.order_id
    is_known = any(unit.order_id == order_id and mention.number in {None, unit.number} for unit in all_units)
    if order_id is None or not is_known:
        return found
    return [place for place in found if goes_by_order(planned[place], (order_id,))]


def _is_of(unit: Unit, number: int) -> bool:
    return unit.number == number or any(name.number == number for name in unit.instead_of)


def goes_by_serial(unit: Unit, serial: str) -> bool:
    """Whether a serial number is that of a unit, or of one whose place it took.

    Examples
    --------
    >>> new = Unit(7, "2", None, "B-2", 90, 1, 50, (FormerUnit(7, "1", "A-1"),))
    >>> goes_by_serial(new, "B-2"), goes_by_serial(new, "A-1"), goes_by_serial(new, "C-3")
    (True, True, False)
    """
    return unit.serial == serial or any(name.serial == serial for name in unit.instead_of)


def goes_by_order(unit: Unit, order_ids: Collection[str]) -> bool:
    """Whether a unit, or one whose place it took, is of any of some orders."""
    return unit.order_id in order_ids or any(name.order_id in order_ids for name in unit.instead_of)


def last_seen_s(unit: Unit, dealings: Dealings, until_s: int) -> int | None:
    """Return when a unit was last serviced, whatever for; None: never, as far as visits say which unit they were for.

    Of several units of one line nobody knows which of them a visit was for.

    Parameters
    ----------
    unit
        One of the customer's.
    dealings
        The customer.
    until_s
        Visits after it have not happened yet.

    Examples
    --------
    >>> golf, polo = Unit(7, "1", None, "V-1", 0, 1), Unit(8, "2", None, None, 0, 1)
    >>> visits = (Visit("oil-change", 50, None, "V-1", None), Visit("wash", 60, None, None, None))
    >>> owner = Dealings(units=(golf, polo), visits=visits)
    >>> last_seen_s(golf, owner, 99), last_seen_s(polo, owner, 99)
    (50, None)
    """
    if unit.count > 1:
        return None
    units, all_units = dealings.units, all_units_of(dealings)
    times = (
        visit.at_s
        for visit in dealings.visits
        if unit.since_s <= visit.at_s <= until_s
        and [units[place] for place in meant(mention_of(visit), units, all_units)] == [unit]
    )
    return max(times, default=None)
