"""Quiet hours by the customer's clock on the wall, through every change of that clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from recommender.playbook.model import QuietHours
from recommender.types import SECONDS_PER_DAY

_MINUTES_PER_DAY: Final = 1_440
_HORIZON_S: Final = 9 * SECONDS_PER_DAY
"""Quiet hours repeat weekly: what is not open within a week and two days never is."""


def quiet_hours_at(rules: Iterable[QuietHours], at_s: int, zone: ZoneInfo) -> QuietHours | None:
    """Return the first rule that holds at a moment; None: it is not quiet.

    A rule holds from its first minute until just before its last by the local clock, on the days on which it begins;
    where the last is not after the first it ends on the next day. What the clock skips is not there to be quiet, what
    it shows twice is quiet twice.

    Parameters
    ----------
    rules
        What to ask, in order.
    at_s
        The moment, seconds since 1970.
    zone
        The customer's.

    Examples
    --------
    >>> night = QuietHours(from_minute=21 * 60, until_minute=8 * 60)
    >>> quiet_hours_at([night], 1_700_000_000, ZoneInfo("Europe/Rome")) == night  # 23:13
    True
    >>> quiet_hours_at([night], 1_700_000_000, ZoneInfo("America/New_York")) is None  # 17:13
    True
    """
    wall = datetime.fromtimestamp(at_s, zone)
    return next((rule for rule in rules if _ends(rule, wall) is not None), None)


def quiet_until(rules: Iterable[QuietHours], at_s: int, zone: ZoneInfo) -> int | None:
    """Return the first moment from ``at_s`` on at which no rule holds; None: there is none.

    Parameters
    ----------
    rules
        What to ask.
    at_s
        The moment, seconds since 1970.
    zone
        The customer's.

    Examples
    --------
    >>> night = QuietHours(from_minute=21 * 60, until_minute=8 * 60)
    >>> datetime.fromtimestamp(quiet_until([night], 1_700_000_000, ZoneInfo("Europe/Rome")), ZoneInfo("Europe/Rome")).isoformat()
    '2023-11-15T08:00:00+01:00'
    """
    own = tuple(rules)
    moment_s = at_s
    while moment_s < at_s + _HORIZON_S:
        wall = datetime.fromtimestamp(moment_s, zone)
        ends = [end for rule in own if (end := _ends(rule, wall)) is not None]
        if not ends:
            return moment_s
        moment_s = _first_from(max(ends), moment_s, wall, zone)
    return None


def quiet_from(rules: Iterable[QuietHours], at_s: int, zone: ZoneInfo) -> int | None:
    """Return the first moment from ``at_s`` on at which a rule holds; None: none does within nine days.

    Parameters
    ----------
    rules
        What to ask.
    at_s
        The moment, seconds since 1970.
    zone
        The customer's.

    Examples
    --------
    >>> night = QuietHours(from_minute=21 * 60, until_minute=8 * 60)
    >>> datetime.fromtimestamp(quiet_from([night], 1_700_040_000, ZoneInfo("Europe/Rome")), ZoneInfo("Europe/Rome")).isoformat()
    '2023-11-15T21:00:00+01:00'
    """
    own = tuple(rules)
    moment_s = at_s
    while own and moment_s < at_s + _HORIZON_S:
        if quiet_hours_at(own, moment_s, zone) is not None:
            return moment_s
        wall = datetime.fromtimestamp(moment_s, zone)
        moment_s = _first_from(min(_next_start(rule, wall) for rule in own), moment_s, wall, zone)
    return None


def _next_start(rule: QuietHours, wall: datetime) -> datetime:
    """Return the next time on the wall, later than this one, at which a rule begins, without zone."""
    now = wall.replace(tzinfo=None)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = (midnight + timedelta(days=day, minutes=rule.from_minute) for day in range(8))
    return next(start for start in starts if start > now and start.weekday() in rule.weekdays)


def _ends(rule: QuietHours, wall: datetime) -> datetime | None:
    """Return the time on the wall at which a rule that holds now ends, without zone; None: it does not hold."""
    minute = wall.hour * 60 + wall.minute
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    overnight = rule.until_minute <= rule.from_minute
    if minute >= rule.from_minute and wall.weekday() in rule.weekdays:
        if overnight:
            return midnight + timedelta(minutes=rule.until_minute + _MINUTES_PER_DAY)
        if minute < rule.until_minute:
            return midnight + timedelta(minutes=rule.until_minute)
    if overnight and minute < rule.until_minute and (wall.weekday() - 1) % 7 in rule.weekdays:
        return midnight + timedelta(minutes=rule.until_minute)
    return None


def _first_from(end: datetime, from_s: int, wall: datetime, zone: ZoneInfo) -> int:
    """Return when the wall shows ``end``, or when the clock is changed before it does: then it has to be asked again."""
    steady_s = from_s + int((end - wall.replace(tzinfo=None)).total_seconds())
    offset = wall.utcoffset()
    if _offset(steady_s, zone) == offset:
        return steady_s
    same, other = from_s, steady_s
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(middle, zone) == offset:
            same = middle
        else:
            other = middle
    return other


def _offset(at_s: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at_s, zone).utcoffset()
