"""How often one customer comes: the gaps between the days on which they ordered."""

from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numba import njit

from recommender.actions.clock_changes import changes_of, clock_times
from recommender.types import SECONDS_PER_DAY, Int64Array, UInt32Array

_DAY: Final = SECONDS_PER_DAY
_SHARE: Final = 0.75


class Rhythm(NamedTuple):
    """The order days among the remembered lines; several orders on one day are one.

    Attributes
    ----------
    days
        Distinct local days with an order.
    mean_days
        Mean of the gaps between them; NaN below two order days.
    usual_days
        Within so many days the customer usually comes again: three in four of the gaps are no longer, counting the one
        that is running now as longer than all. Of few gaps that is the longest, for little is known of such a customer and
        doubt speaks for patience; of many it is their upper quartile, which one long absence does not move. NaN below
        two order days.
    """

    days: int
    mean_days: float
    usual_days: float


def rhythm_of(at_s: UInt32Array, zone: ZoneInfo) -> Rhythm:
    """Return the rhythm of order lines.

    Parameters
    ----------
    at_s
        Times of lines, ascending, seconds since 1970; may be empty.
    zone
        Where the customer lives: a day is one of the calendar there, by the clock of its season.

    Examples
    --------
    >>> days = np.array([0, 10, 20, 30, 40, 52], np.uint32)
    >>> rhythm_of(days * 86_400, ZoneInfo("UTC"))
    Rhythm(days=6, mean_days=10.4, usual_days=11.0)
    """
    return Rhythm(*_rhythm(at_s, *changes_of(zone)))


@njit(cache=True, nogil=True)
def _rhythm(at_s: UInt32Array, begins_s: Int64Array, ahead_s: Int64Array) -> tuple[int, float, float]:
    local_s = clock_times(at_s, begins_s, ahead_s)
    gaps = np.empty(max(at_s.size, 1), np.float64)
    days, before, first = 0, 0, 0
    for row in range(local_s.size):
        day = int(local_s[row]) // _DAY
        if days == 0:
            days, first, before = 1, day, day
        elif day != before:
            gaps[days - 1] = day - before
            days, before = days + 1, day
    if days < 2:
        return days, np.nan, np.nan
    found = np.sort(gaps[: days - 1])
    # The place among n + 1 gaps, of which the last is still running (Weibull's plotting position).
    place = min(_SHARE * (found.size + 1), float(found.size)) - 1.0
    below = int(place)
    usual = found[below]
    if below + 1 < found.size:
        usual += (place - below) * (found[below + 1] - found[below])
    return days, (before - first) / (days - 1), usual
