"""What clocks on walls show, by definition: UTC plus the zone's offset, on a grid of quarters of an hour.

Every change of clocks since 2000 lies on that grid (asserted), so nothing happens between its points.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from recommender.playbook.model import QuietHours
from recommender.types import BoolArray, Int64Array

QUARTER = 900
DAY = 86_400
BEGIN_S = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
DAYS = 2 * 365 + 1
ZONES = sorted(name for name in available_timezones() if name not in {"localtime", "Factory"})


@dataclass(frozen=True)
class WallClock:
    """One zone on the grid: moments, what the wall shows (seconds since 1970 as if UTC), and where clocks change."""

    zone: ZoneInfo
    at_s: Int64Array
    wall_s: Int64Array
    changes_s: tuple[int, ...]

    @property
    def day(self) -> Int64Array:
        return self.wall_s // DAY

    @property
    def minute(self) -> Int64Array:
        return self.wall_s % DAY // 60

    @property
    def weekday(self) -> Int64Array:
        return (self.day + 3) % 7  # 1 January 1970 was a Thursday


def wall_clock(name: str, margin_days: int = 60) -> WallClock:
    """Return the clock of a zone from BEGIN_S for DAYS, and some days more."""
    zone = ZoneInfo(name)
    at_s = np.arange(BEGIN_S - 2 * DAY, BEGIN_S + (DAYS + margin_days) * DAY, QUARTER)
    changes = []
    offset_s = np.empty(len(at_s), np.int64)
    done = 0
    midnights = range(0, len(at_s), DAY // QUARTER)
    offsets = [offset(int(at_s[row]), zone) for row in midnights]
    for row, before, after in zip(
        midnights, offsets, [*offsets[1:], offset(int(at_s[-1]), zone)], strict=True
    ):
        if before != after:
            change = next(at for at in range(row + 1, len(at_s)) if offset(int(at_s[at]), zone) != before)
            assert offset(int(at_s[change]) - 1, zone) == before, "a change of clocks off the grid"
            offset_s[done:change] = before
            changes.append(int(at_s[change]))
            done = change
    offset_s[done:] = offset(int(at_s[-1]), zone)
    return WallClock(zone, at_s, at_s + offset_s, tuple(changes))


def offset(at_s: int, zone: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(at_s, zone).utcoffset()
    assert shift is not None
    return int(shift.total_seconds())


def is_quiet(clock: WallClock, rules: tuple[QuietHours, ...]) -> BoolArray:
    """Return at which points of the grid some rule holds."""
    quiet = np.zeros(len(clock.at_s), np.bool_)
    for rule in rules:
        begins_today = np.isin(clock.weekday, sorted(rule.weekdays))
        began_yesterday = np.isin((clock.weekday - 1) % 7, sorted(rule.weekdays))
        after, before = clock.minute >= rule.from_minute, clock.minute < rule.until_minute
        if rule.from_minute < rule.until_minute:
            quiet |= after & before & begins_today
        else:
            quiet |= (after & begins_today) | (before & began_yesterday)
    return quiet
