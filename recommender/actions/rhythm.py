"""How often one customer comes: the gaps between the days on which they ordered."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from recommender.types import SECONDS_PER_DAY, UInt32Array

_DAY: Final = SECONDS_PER_DAY


class Rhythm(NamedTuple):
    """The order days among the remembered lines; two orders on one day are one day.

    Attributes
    ----------
    days
        Distinct local days with an order.
    mean_days, median_days, upper_days
        Mean, median and upper quartile of the gaps between them, in days; NaN below two order days.
    """

    days: int
    mean_days: float
    median_days: float
    upper_days: float

    def usual_s(self, weight: float) -> float:
        """Return the usual gap in seconds: the median, drawn to the upper quartile while there are few gaps.

        One gap that was much longer than the others moves neither. The quartile counts for ``weight`` gaps, the median
        for as many as there are: of somebody who came three times we know little, and doubt speaks for patience.
        NaN below two order days.

        Examples
        --------
        >>> Rhythm(days=4, mean_days=20.0, median_days=14.0, upper_days=20.0).usual_s(3.0) / 86_400
        17.0
        """
        gaps = max(self.days - 1, 1)
        return _DAY * (gaps * self.median_days + weight * self.upper_days) / (gaps + weight)


def rhythm_of(at_s: UInt32Array, shift_s: int) -> Rhythm:
    """Return the rhythm of order lines.

    Parameters
    ----------
    at_s
        Times of lines, ascending, seconds since 1970; may be empty.
    shift_s
        What local time is ahead of UTC.

    Examples
    --------
    >>> rhythm_of(np.array([0, 60, 864_000, 2_592_000], np.uint32), 0)
    Rhythm(days=3, mean_days=15.0, median_days=15.0, upper_days=17.5)
    """
    # For read-only arrays the compiler would begin anew.
    return Rhythm(*_rhythm(at_s if at_s.flags.writeable else at_s.copy(), shift_s))


@njit(cache=True, nogil=True)
def _rhythm(at_s: UInt32Array, shift_s: int) -> tuple[int, float, float, float]:
    gaps = np.empty(max(at_s.size, 1), np.float64)
    days, before, first = 0, 0, 0
    for row in range(at_s.size):
        day = (int(at_s[row]) + shift_s) // _DAY
        if days == 0:
            days, first, before = 1, day, day
        elif day != before:
            gaps[days - 1] = day - before
            days, before = days + 1, day
    if days < 2:
        return days, np.nan, np.nan, np.nan
    found = np.sort(gaps[: days - 1])
    return days, (before - first) / (days - 1), _quantile(found, 0.5), _quantile(found, 0.75)


@njit(cache=True, nogil=True)
def _quantile(ascending: "np.ndarray[tuple[int], np.dtype[np.float64]]", share: float) -> float:
    """Return a quantile, linear between the two nearest."""
    place = share * (ascending.size - 1)
    below = int(place)
    if below + 1 >= ascending.size:
        return float(ascending[below])
    return float(ascending[below] + (place - below) * (ascending[below + 1] - ascending[below]))
