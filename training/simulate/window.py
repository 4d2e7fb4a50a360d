"""The days that are simulated, as the moments at which it is decided on each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recommender.types import SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive days of one time zone.

    Attributes
    ----------
    first
        The first day.
    moments
        When it is decided on each day, seconds since 1970, ascending; at least one.
    """

    first: date
    moments: tuple[int, ...]

    @property
    def days(self) -> int:
        """How many days."""
        return len(self.moments)

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def begins_s(self) -> int:
        """The first moment of the window: what is known then is known to the first decisions."""
        return self.moments[0]

    def ends_s(self, day: int) -> int:
        """Return when the next day's decisions come, seconds since 1970."""
        return self.moments[day + 1] if day + 1 < self.days else self.moments[day] + SECONDS_PER_DAY


def window_of(days: int, at: time, zone: ZoneInfo, *, first: date | None, last: date) -> Window:
    """Return ``days`` days: from ``first`` on, else so many that end with ``last``.

    Parameters
    ----------
    days
        At least 1.
    at, zone
        The time of day on the clocks of that zone at which it is decided.

    Examples
    --------
    >>> week = window_of(7, time(10), ZoneInfo("Europe/Vienna"), first=None, last=date(2024, 4, 3))
    >>> week.first.isoformat(), [datetime.fromtimestamp(one, UTC).hour for one in week.moments]
    ('2024-03-28', [9, 9, 9, 8, 8, 8, 8])
    """
    begins = last - timedelta(days=days - 1) if first is None else first
    each = (datetime.combine(begins + timedelta(days=day), at, tzinfo=zone) for day in range(days))
    return Window(begins, tuple(int(one.astimezone(UTC).timestamp()) for one in each))
