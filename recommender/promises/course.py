"""The course of one plan for one unit: what is due next, moved on by each visit."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from recommender.customers.dealings import Unit
from recommender.playbook.model import ServicePlan, Span
from recommender.promises.calendar import Calendar, Point, calendar_of, multiple
from recommender.types import SECONDS_PER_DAY

_LONGEST_DAY_S: Final = 2 * SECONDS_PER_DAY
"""No local day is as long; what lies further apart need not be looked up in a calendar."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """A plan in one zone, worked out once.

    Attributes
    ----------
    plan, calendar
        The plan, and how it counts.
    every
        As the plan says; None also for a length of nothing, which would never advance.
    revives
        Whether a visit after the grace starts the plan again. A plan with an end is a warranty: what lapsed is lost.
        A plan without one is a habit, and a habit can be taken up again.
    """

    plan: ServicePlan
    calendar: Calendar
    every: Span | None
    revives: bool


class Window(NamedTuple):
    """The moments of one due point: where it begins, the reminder may be said, it is overdue, it is too late."""

    due_s: int
    remind_from_s: int
    overdue_s: int
    lapses_s: int


@lru_cache(maxsize=4_096)
def window_of(terms: Terms, due: Point) -> Window:
    """Return the moments of a due point; customers of a zone share their days, so most are remembered."""
    calendar, plan = terms.calendar, terms.plan
    return Window(
        calendar.begins_s(due),
        calendar.begins_s(due.minus(plan.lead)),
        calendar.ends_s(due),
        calendar.ends_s(due.plus(plan.grace)),
    )


@lru_cache(maxsize=1_024)
def terms_of(plan: ServicePlan, zone: ZoneInfo) -> Terms:
    """Return the terms of a plan for customers of a zone."""
    every = None if plan.every == Span() else plan.every
    return Terms(plan, calendar_of(plan, zone), every, revives=plan.until is None)


class Course(NamedTuple):
    """Where the plan of one unit stands.

    Attributes
    ----------
    terms, unit, position
        Whose.
    anchor
        The purchase, or that of the first unit whose place this one took.
    times
        How many due points of the schedule are behind; visits move it where the schedule is the anchor.
    due
        The due point that is open, or was when the last one was done.
    window
        Its moments.
    ends_s
        The first moment after the plan.
    is_done
        Whether nothing follows any more.
    last_visit_s
        The last visit, whether it counted or came too late.
    counted_s
        The last visit that counted.
    """

    terms: Terms
    unit: Unit
    position: int
    anchor: Point
    times: int
    due: Point
    window: Window
    ends_s: int | None
    is_done: bool = False
    last_visit_s: int | None = None
    counted_s: int | None = None

    def is_lost(self, at_s: int) -> bool:
        """Whether what is open lapsed by then for good, so that nothing done at that moment helps."""
        return at_s >= self.window.lapses_s and not self.terms.revives

    def is_served_by(self, at_s: int) -> bool:
        """Whether a visit at a moment counts for what is open."""
        if self.is_done or self.is_lost(at_s) or _over(self.ends_s, at_s):
            return False
        if self.terms.plan.anchor == "visit":
            return not (self.terms.calendar.whole_days and self.counted_on_day_of(at_s))
        if self.terms.every is None:
            return True
        return at_s >= _period_begins_s(self) and not self.counted_on_day_of(at_s)

    def counted_on_day_of(self, at_s: int) -> bool:
        """Whether the last visit that counted was on the local day of a moment: two codes, one afternoon."""
        if self.counted_s is None or abs(at_s - self.counted_s) > _LONGEST_DAY_S:
            return False
        days = Calendar(self.terms.calendar.zone, whole_days=True)
        return days.point(at_s) == days.point(self.counted_s)

    def visited(self, at_s: int) -> "Course":
        """Return the course after a visit; visits are told in the order of time.

        With the anchor ``visit`` the next due point counts from the visit, and no visit brings it nearer: the first
        service of a car is not earlier for a check after a week. With the anchor ``schedule`` a visit counts for the
        period that is open, once: the days after a due day until the end of the next one.
        """
        seen = self._replace(last_visit_s=at_s)
        if not self.is_served_by(at_s):
            return seen
        if self.terms.every is None:
            return seen._replace(is_done=True, counted_s=at_s)
        follow = _after_visit if self.terms.plan.anchor == "visit" else _after_period
        return follow(seen, at_s)


def course_of(terms: Terms, unit: Unit, position: int = 0) -> Course:
    """Return the course of a unit that nobody has serviced yet."""
    anchor = terms.calendar.point(unit.since_s)
    return Course(terms, unit, position, anchor, 0, *_beginning(terms, anchor))


@lru_cache(maxsize=16_384)
def _beginning(terms: Terms, anchor: Point) -> tuple[Point, Window, int | None, bool]:
    """Return first due point, its window, the end of the plan, and whether nothing is owed at all."""
    due = anchor.plus(terms.plan.first_after)
    until = terms.plan.until
    ends_s = None if until is None else terms.calendar.ends_s(anchor.plus(until))
    window = _bounded(window_of(terms, due), ends_s)
    return due, window, ends_s, not _is_owed(terms, due, ends_s)


def _after_visit(course: Course, at_s: int) -> Course:
    every = course.terms.every or Span()
    due = course.terms.calendar.point(at_s).plus(every)
    if course.terms.calendar.begins_s(due) <= course.window.due_s:
        return course
    return _moved(course, due, course.times, at_s)


def _after_period(course: Course, at_s: int) -> Course:
    times = course.times + 1
    if at_s >= course.window.lapses_s:
        times = _first_after(course, at_s)
    return _moved(course, _nth(course, times), times, at_s)


def _nth(course: Course, times: int) -> Point:
    return course.anchor.plus(multiple(course.terms.plan.first_after, course.terms.every, times))


def _period_begins_s(course: Course) -> int:
    """Return from when a visit counts for the open due point: after the day of the one before."""
    if course.times == 0:
        return course.unit.since_s
    return course.terms.calendar.ends_s(_nth(course, course.times - 1))


def _first_after(course: Course, at_s: int) -> int:
    """Return which due point of the schedule is the first after the day of a moment; by doubling, then by halving."""
    begins_s = course.terms.calendar.begins_s
    step = 1
    while begins_s(_nth(course, course.times + step)) <= at_s:
        step *= 2
    low, high = course.times + step // 2, course.times + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if begins_s(_nth(course, middle)) <= at_s else (low, middle)
    return high


def _moved(course: Course, due: Point, times: int, at_s: int) -> Course:
    """Return the course with the next due point; done where that lies after the end."""
    counted = course._replace(counted_s=at_s)
    if not _is_owed(course.terms, due, course.ends_s):
        return counted._replace(is_done=True)
    window = _bounded(window_of(course.terms, due), course.ends_s)
    return counted._replace(due=due, times=times, window=window)


def _is_owed(terms: Terms, due: Point, ends_s: int | None) -> bool:
    """Whether a due point lies within the plan; its last day still counts."""
    return ends_s is None or terms.calendar.begins_s(due) < ends_s


def _bounded(window: Window, ends_s: int | None) -> Window:
    return window if ends_s is None or window.lapses_s <= ends_s else window._replace(lapses_s=ends_s)


def _over(ends_s: int | None, at_s: int) -> bool:
    return ends_s is not None and at_s >= ends_s
