"""What many times of one customer are on the clock where they live."""

from bisect import bisect_left
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numba import njit

from recommender.types import SECONDS_PER_DAY, Int64Array, UInt32Array

_LATEST: Final = 2**32 - 1
_STEP_S: Final = 14 * SECONDS_PER_DAY
"""No zone changes its clock and back within it; for Ramadan some do within a month."""


def on_the_clock(at_s: UInt32Array, zone: ZoneInfo) -> UInt32Array:
    """Return times as seconds since 1970 on the clock of a zone, ascending; each by what the clock was at that time.

    Parameters
    ----------
    at_s
        Seconds since 1970 UTC, ascending; may be empty.
    zone
        Whose clock.

    Examples
    --------
    >>> noons = np.array([1_736_510_400, 1_749_988_800], np.uint32)  # of 10 January and of 15 June 2025
    >>> (on_the_clock(noons, ZoneInfo("Europe/Berlin")) - noons).tolist()
    [3600, 7200]
    """
    found: UInt32Array = clock_times(at_s, *changes_of(zone))
    return found


@njit(cache=True, nogil=True)
def clock_times(at_s: UInt32Array, begins_s: Int64Array, ahead_s: Int64Array) -> UInt32Array:
    """Return the same, from what :func:`changes_of` says of the zone."""
    out = np.empty(at_s.size, np.uint32)
    change = 0
    if at_s.size > 0:
        change = int(np.searchsorted(begins_s, np.int64(at_s[0]), side="right")) - 1
    for row in range(out.size):
        while change + 1 < begins_s.size and begins_s[change + 1] <= np.int64(at_s[row]):
            change += 1
        local = np.uint32(min(max(np.int64(at_s[row]) + ahead_s[change], 0), _LATEST))
        place = row  # where the clock goes back, later may be earlier
        while place > 0 and out[place - 1] > local:
            out[place] = out[place - 1]
            place -= 1
        out[place] = local
    return out


@lru_cache(maxsize=1_024)
def changes_of(zone: ZoneInfo) -> tuple[Int64Array, Int64Array]:
    """Return from when on a clock is how far ahead of UTC, in seconds; the first row is 1970.

    Takes some ten milliseconds, once per zone.
    """
    begins, ahead = [0], [_ahead_s(zone, 0)]
    for until_s in range(_STEP_S, _LATEST, _STEP_S):
        now, before = _ahead_s(zone, until_s), ahead[-1]
        if now != before:
            from_s = until_s - _STEP_S
            place = bisect_left(range(from_s, until_s), True, key=lambda at_s: _ahead_s(zone, at_s) != before)
            begins.append(from_s + place)
            ahead.append(now)
    return np.array(begins, np.int64), np.array(ahead, np.int64)


def _ahead_s(zone: ZoneInfo, at_s: int) -> int:
    ahead = datetime.fromtimestamp(at_s, zone).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds())
