"""Which appointment silences which reminder."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from recommender.customers.dealings import Booking, Dealings
from recommender.playbook.model import ServicePlan
from recommender.promises.calendar import Calendar
from recommender.promises.course import Course
from recommender.promises.matching import Mention, all_units_of, meant, mention_of
from recommender.promises.obligation import ObligationState
from recommender.types import SECONDS_PER_DAY

KEPT_SILENCES_DAYS: Final = 7
"""After a kept appointment the record of what was done may take so long; a reminder meanwhile would be absurd."""

_CLOSED: Final = frozenset[ObligationState]({"satisfied", "ended"})
_NOBODY: Final = Mention(None, None, None)


class Ahead(NamedTuple):
    """Now, and where the customer lives."""

    now_s: int
    zone: ZoneInfo

    def silences(self, booking: Booking) -> bool:
        """Whether an appointment is still to come, its local day included, or was kept just now."""
        if booking.is_expected:
            days = Calendar(self.zone.key, whole_days=True)
            return self.now_s < days.ends_s(days.point(booking.starts_s))
        recent_s = self.now_s - KEPT_SILENCES_DAYS * SECONDS_PER_DAY
        return booking.status == "kept" and recent_s <= booking.starts_s <= self.now_s


def bookings_of(
    courses: Sequence[Course], states: Sequence[ObligationState], dealings: Dealings, ahead: Ahead
) -> dict[int, Booking]:
    """Return the appointment of each course that has one, by its place.

    An appointment belongs to one unit: the one that it names, else the one whose due day is the earliest among those
    without an appointment, after which come those that lapsed for good. It must name a service code that satisfies the plan; without any code it must name the unit
    or its item. One that comes too late does not silence.
    """
    found: dict[int, Booking] = {}
    units, all_units = [course.unit for course in courses], all_units_of(dealings)
    for booking in sorted(dealings.bookings, key=lambda one: one.starts_s):
        if not _may_satisfy(booking, courses[0].terms.plan) or not ahead.silences(booking):
            continue
        places = [
            place
            for place in meant(mention_of(booking), units, all_units)
            if place not in found
            and states[place] not in _CLOSED
            and _helps(booking, courses[place], states[place])
        ]
        if places:
            found[min(places, key=lambda place: _rank(courses[place], booking.starts_s))] = booking
    return found


def is_for(booking: Booking, plan: ServicePlan, numbers: Collection[int], dealings: Dealings) -> bool:
    """Whether an appointment is about a plan: by its service code; without any, by the unit or the item that it names.

    Parameters
    ----------
    booking
        Of the customer.
    plan
        The plan.
    numbers
        Items that the plan is about.
    dealings
        The customer.
    """
    if not _may_satisfy(booking, plan):
        return False
    if booking.service_code is not None:
        return True
    units = [unit for unit in dealings.units if unit.number in numbers]
    return bool(meant(mention_of(booking), units, all_units_of(dealings)))


def _may_satisfy(booking: Booking, plan: ServicePlan) -> bool:
    if booking.service_code is None:
        return mention_of(booking) != _NOBODY
    return booking.service_code in plan.satisfied_by


def _rank(course: Course, starts_s: int) -> tuple[bool, int]:
    """Order courses for an appointment that may mean several: what it can still help first, then by due day."""
    return not course.is_served_by(starts_s), course.window.due_s


def _helps(booking: Booking, course: Course, state: ObligationState) -> bool:
    """Whether an appointment is in time, and was not followed by the visit that it was made for."""
    if booking.status == "kept":
        return course.last_visit_s is None or course.last_visit_s < booking.starts_s
    return state == "lapsed" or booking.starts_s < course.window.lapses_s
