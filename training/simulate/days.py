"""Settling which days are simulated; those that have come, and no later ones."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from recommender.contacts.zones import known_zone
from recommender.errors import InvalidRequestError, NotEnoughDataError
from recommender.playbook.model import Playbook
from recommender.storage.log import EventLog
from training.simulate.window import Window, window_of


def days_of(
    log: EventLog, playbook: Playbook, days: int, at: time, begins: date | None, now: datetime
) -> tuple[Window, tuple[str, ...]]:
    """Return the days, and what a person should know about them.

    Parameters
    ----------
    begins
        The first day or a time on it; None: so many days that end with the last purchase.
    now
        What comes later is not simulated: nothing is known of it.

    Raises
    ------
    InvalidRequestError
        Nothing of the days has come yet.
    NotEnoughDataError
        There is no purchase.
    """
    zone = known_zone(playbook.time_zone) or ZoneInfo("UTC")
    newest = log.last_purchase()
    if newest is None:
        raise NotEnoughDataError(
            "there is nothing to simulate",
            expected="purchases in the log",
            found="none",
            remedy="load some with `rapport ingest SOURCE`",
        )
    if begins is None:
        window = window_of(days, at, zone, first=None, last=_last_day(newest, at, zone, now))
        return window, tuple(filter(None, [_strangers(log, window, zone)]))
    first = begins.astimezone(zone).date() if isinstance(begins, datetime) else begins
    asked = window_of(days, at, zone, first=first, last=first)
    window = replace(asked, moments=tuple(one for one in asked.moments if one <= now.timestamp()))
    if not window.moments:
        raise InvalidRequestError(
            "--from names a day that has not come",
            expected=f"a day whose {at:%H:%M} ({zone.key}) was before {now:%Y-%m-%dT%H:%M:%SZ}",
            found=first.isoformat(),
            remedy="name an earlier day, or an earlier time with --at",
        )
    beyond = _beyond(newest.astimezone(zone).date(), window)
    notes = _cut_short(window, days), beyond, _strangers(log, window, zone)
    return window, tuple(filter(None, notes))


def _last_day(newest: datetime, at: time, zone: tzinfo, now: datetime) -> date:
    """Return the day of the last purchase; the day before, or that before now, where its time is still to come."""
    last = min(newest, now).astimezone(zone).date()
    is_to_come = datetime.combine(last, at, tzinfo=zone) > now
    return last - timedelta(days=1) if is_to_come else last


def _cut_short(window: Window, days: int) -> str:
    if window.days == days:
        return ""
    return f"Only {window.days:,} of {days:,} days have come: they end with {window.last}."


def _beyond(newest: date, window: Window) -> str:
    """Say where the log ends before the days do."""
    later = min((window.last - newest).days, window.days)
    if later <= 0:
        return ""
    return (
        f"The last purchase of the log is that of {newest}: on {later:,} of {window.days:,} days, those after it, "
        "nobody buys anything."
    )


def _strangers(log: EventLog, window: Window, zone: tzinfo) -> str:
    """Say on how many of the days nobody had bought anything yet, so that hardly anybody can be told anything."""
    first = log.first_known_purchase()
    if first is None:
        return "Nobody is known by a purchase: those of the log are of guests."
    if first.timestamp() >= window.ends_s(window.days - 1):
        return f"Nobody was known by a purchase until {window.last}: the purchases of the log begin later."
    before = sum(moment <= first.timestamp() for moment in window.moments)
    if before == 0:
        return ""
    return (
        f"The first purchase of a known customer is that of {first.astimezone(zone).date()}: on {before:,} of "
        f"{window.days:,} days, those before it, nobody is known by one."
    )
