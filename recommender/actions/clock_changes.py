"""What many times of one customer are on the clock where they live."""

from bisect import bisect_left
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

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
    begins_s, ahead_s = _changes(zone)
    local = at_s + ahead_s[begins_s.searchsorted(at_s, "right") - 1]
    local.sort()  # where the clock goes back, later may be earlier
    return local.clip(0, _LATEST).astype(np.uint32)


@lru_cache(maxsize=1_024)
def _changes(zone: ZoneInfo) -> tuple[Int64Array, Int64Array]:
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
