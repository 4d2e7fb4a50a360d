"""Calendar arithmetic of service plans, where the customer lives: the whole of it is left to ``whenever``.

A plan of months and days counts in local days, and a day is in time until its end: what is due on 31 May may be done
all day. A plan with hours counts from the very moment.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from whenever import Instant, PlainDateTime, Time

from recommender.playbook.model import ServicePlan, Span

_MIDNIGHT = Time()


class Point(NamedTuple):
    """A time on the wall and the seconds after it; plans of whole days have midnight and 0."""

    wall: PlainDateTime
    seconds: int = 0

    def plus(self, span: Span) -> "Point":
        """Return the point a span later; a day that the month does not have becomes its last.

        Examples
        --------
        >>> str(Point(PlainDateTime(2024, 1, 31)).plus(Span(months=1)).wall)
        '2024-02-29T00:00:00'
        """
        return Point(self.wall.add(months=span.months, days=span.days), self.seconds + span.seconds)

    def minus(self, span: Span) -> "Point":
        """Return the point a span earlier."""
        return Point(self.wall.subtract(months=span.months, days=span.days), self.seconds - span.seconds)


class Calendar(NamedTuple):
    """The calendar of one plan in one zone."""

    zone: str
    whole_days: bool

    def point(self, at_s: int) -> Point:
        """Return where an anchor lies: the moment on the wall, or the midnight before it."""
        wall = Instant.from_timestamp(at_s).to_tz(self.zone).to_plain()
        return Point(wall.replace_time(_MIDNIGHT) if self.whole_days else wall)

    def begins_s(self, point: Point) -> int:
        """Return the moment of a point, seconds since 1970.

        A time that the clock skips is the moment at which it would have come without the skip (for a skipped midnight
        that is the first moment of the day); of a time that it shows twice, the first.

        Examples
        --------
        >>> Calendar("Africa/Cairo", True).begins_s(Point(PlainDateTime(2024, 4, 26)))  # from 00:00 to 01:00
        1714082400
        """
        return int(point.wall.assume_tz(self.zone, disambiguation="compatible").timestamp()) + point.seconds

    def ends_s(self, point: Point) -> int:
        """Return the first moment after a point: after its day, where whole days count."""
        return self.begins_s(Point(point.wall.add(days=1)) if self.whole_days else point)


def calendar_of(plan: ServicePlan, zone: ZoneInfo) -> Calendar:
    """Return the calendar of a plan; it counts whole days unless one of its spans has hours.

    Parameters
    ----------
    plan
        The plan.
    zone
        With a key: one of the IANA names.
    """
    spans = (plan.first_after, plan.every, plan.lead, plan.grace, plan.until)
    return Calendar(zone.key, all(span is None or span.seconds == 0 for span in spans))


def multiple(first: Span, every: Span | None, times: int) -> Span:
    """Return ``first + times x every`` as one span: added to an anchor at once, months do not wear its day off.

    Examples
    --------
    >>> multiple(Span(months=1), Span(months=1), 1)
    Span(months=2, days=0, seconds=0)
    >>> str(Point(PlainDateTime(2024, 1, 31)).plus(multiple(Span(months=1), Span(months=1), 1)).wall)
    '2024-03-31T00:00:00'
    """
    if every is None or times == 0:
        return first
    return Span(
        first.months + times * every.months,
        first.days + times * every.days,
        first.seconds + times * every.seconds,
    )
