"""What the brand owes for each unit that a customer holds."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from recommender.customers.dealings import Booking, Dealings, FormerUnit, Unit, Visit
from recommender.playbook.model import ServicePlan
from recommender.promises.bookings import Ahead, bookings_of
from recommender.promises.course import Course, course_of, terms_of
from recommender.promises.matching import all_units_of, meant, mention_of
from recommender.promises.obligation import Obligation, ObligationState

MOST_TOLD_APART: Final = 24
"""Of one order line without serials so many units have an obligation of their own; nobody cares for a pallet one by one."""


def obligations_of(
    plan: ServicePlan, dealings: Dealings, numbers: Collection[int], *, now_s: int, zone: ZoneInfo
) -> list[Obligation]:
    """Return what a plan asks for each of a customer's units, in the order of the units.

    Parameters
    ----------
    plan
        The plan.
    dealings
        The customer.
    numbers
        Items that the plan is about.
    now_s
        When, seconds since 1970; visits after it have not happened yet.
    zone
        Where the customer lives: due days are local days.

    Returns
    -------
    list of Obligation
        One per unit; a unit with a count of two is two. Empty without units of the plan, and for units whose promise went on
        with those that took their place.

    Examples
    --------
    >>> from recommender.playbook.model import ItemSelector, Span
    >>> half_year = Span(months=6)
    >>> plan = ServicePlan("care", "Warranty care", ItemSelector(), half_year, half_year, Span(days=30), Span(days=14),
    ...     Span(months=24), frozenset({"inspection"}))
    >>> ring = Unit(7, "1042", "1", None, 1_709_200_000, 1)  # bought on 29 February 2024
    >>> [one] = obligations_of(plan, Dealings(units=(ring,)), {7}, now_s=1_725_000_000, zone=ZoneInfo("UTC"))
    >>> one.state, one.due_s, one.lapses_s  # 29 August, until the end of 12 September
    ('overdue', 1724889600, 1726185600)
    """
    units = [unit for unit in dealings.units if unit.number in numbers]
    if not units:
        return []
    terms = terms_of(plan, zone)
    courses = [course_of(terms, unit, position) for unit in units for position in range(_told_apart(unit))]
    if not courses:
        return []
    if dealings.visits:
        _follow(courses, _counting(plan, dealings.visits, now_s), all_units_of(dealings))
    states = [_state(course, now_s) for course in courses]
    booked = bookings_of(courses, states, dealings, Ahead(now_s, zone)) if dealings.bookings else {}
    return [
        _obligation(course, state, booked.get(place))
        for place, (course, state) in enumerate(zip(courses, states, strict=True))
    ]


def _told_apart(unit: Unit) -> int:
    """Return how many units of a line have an obligation; none for those whose promise went on with others."""
    left = unit.count - unit.moved if unit.moved else max(unit.count, 1)
    return min(left, MOST_TOLD_APART)


def _counting(plan: ServicePlan, visits: Iterable[Visit], now_s: int) -> list[Visit]:
    """Return the visits that may satisfy a plan, oldest first."""
    return sorted(
        (one for one in visits if one.service_code in plan.satisfied_by and one.at_s <= now_s),
        key=lambda one: one.at_s,
    )


def _follow(courses: list[Course], visits: Iterable[Visit], all_units: Sequence[Unit | FormerUnit]) -> None:
    """Move each visit's course on: of the units that it may mean, the one whose due day is the earliest open."""
    units = [course.unit for course in courses]
    codes: dict[int, set[str]] = {}  # by place, of the day that counted last
    for visit in visits:
        places = [
            place
            for place in meant(mention_of(visit), units, all_units)
            if units[place].since_s <= visit.at_s
        ]
        if places:
            place = min(places, key=lambda at: _rank(courses[at], visit, codes.get(at, set())))
            if not courses[place].counted_on_day_of(visit.at_s):
                codes[place] = set()
            codes.setdefault(place, set()).add(visit.service_code)
            courses[place] = courses[place].visited(visit.at_s)


def _rank(course: Course, visit: Visit, codes: Collection[str]) -> tuple[bool, bool, int]:
    """Order courses for a visit that may mean several: what it can still help first, then by due day.

    Another code on the day of a visit is the same visit; the same code again is the visit of another unit.
    """
    is_same = course.counted_on_day_of(visit.at_s) and visit.service_code not in codes
    helps = course.unit.count > 0 and course.is_served_by(visit.at_s)
    return not is_same, not helps, course.window.due_s


def _state(course: Course, now_s: int) -> ObligationState:
    if course.unit.count <= 0 or (course.ends_s is not None and now_s >= course.ends_s):
        return "ended"
    if course.is_done:
        return "satisfied"
    window = course.window
    if now_s < window.remind_from_s:
        return "upcoming"
    if now_s >= window.lapses_s:
        return "lapsed"
    return "due" if now_s < window.overdue_s else "overdue"


def _obligation(course: Course, state: ObligationState, booking: Booking | None) -> Obligation:
    window = course.window
    return Obligation(
        course.terms.plan,
        course.unit,
        state,
        window.due_s,
        window.remind_from_s,
        window.lapses_s,
        course.last_visit_s,
        booking,
        course.ends_s,
        course.position,
    )
