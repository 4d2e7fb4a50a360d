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
        """Whether an appointment is still to come, its local day included, or was kept just now.

        Who comes early has kept it from when that is told.
        """
        if booking.is_expected:
            days = Calendar(self.zone.key, whole_days=True)
            return self.now_s < days.ends_s(days.point(booking.starts_s))
        since_s = self.now_s - _comes_s(booking)
        return booking.status == "kept" and 0 <= since_s <= KEPT_SILENCES_DAYS * SECONDS_PER_DAY

    def is_followed(self, booking: Booking, visit_s: int | None) -> bool:
        """Whether a visit came on the local day on which an appointment was kept, however early, or later."""
        if visit_s is None:
            return False
        days = Calendar(self.zone.key, whole_days=True)
        return visit_s >= days.begins_s(days.point(_comes_s(booking)))


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
            and _helps(booking, courses[place], states[place], ahead)
        ]
        if places:
            found[min(places, key=lambda place: _rank(courses[place], _comes_s(booking)))] = booking
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


def _comes_s(booking: Booking) -> int:
    """Return when an appointment begins; of a kept one when it was told, if that was before."""
    return min(booking.starts_s, booking.said_s) if booking.status == "kept" else booking.starts_s


def _rank(course: Course, comes_s: int) -> tuple[bool, int]:
    """Order courses for an appointment that may mean several: what it can still help first, then by due day."""
    return not course.is_served_by(comes_s), course.window.due_s


def _helps(booking: Booking, course: Course, state: ObligationState, ahead: Ahead) -> bool:
    """Whether an appointment is in time, and was not followed by the visit that it was made for."""
    if booking.status == "kept":
        return not ahead.is_followed(booking, course.last_visit_s)
    return state == "lapsed" or booking.starts_s < course.window.lapses_s
