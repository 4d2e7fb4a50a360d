"""Times and durations as people type them on a command line."""

import re
from datetime import UTC, date, datetime, time, timedelta

from pydantic import TypeAdapter, ValidationError

from recommender.errors import InvalidRequestError

_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_BARE_DATE = len("2026-01-31")
_FARTHEST_EAST = timedelta(hours=14)
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str, *, option: str) -> timedelta:
    """Read a positive duration: ``28d``, ``60s``, ``1.5h`` or ISO 8601 (``P28D``).

    Parameters
    ----------
    text
        What was typed; units are s, m (or min), h, d, w.
    option
        Name of the option, for the message.

    Raises
    ------
    InvalidRequestError
        When it is no duration, or not above zero.

    Examples
    --------
    >>> parse_duration("28d", option="--window").days
    28
    >>> parse_duration("PT90S", option="--budget").total_seconds()
    90.0
    """
    duration = _read_duration(text.strip())
    if duration is None or duration <= timedelta(0):
        raise InvalidRequestError(
            f"{option} is no duration",
            expected="a number above zero with its unit (60s, 10m, 2h, 28d)",
            found=repr(text),
        )
    return duration


def _read_duration(text: str) -> timedelta | None:
    try:
        if short := _SHORT.fullmatch(text.lower()):
            return timedelta(**{_UNITS[short[2]]: float(short[1])})
        if text.upper().startswith("P"):
            return TypeAdapter(timedelta).validate_python(text.upper())
    except (ValidationError, OverflowError):
        pass
    return None


def parse_moment(text: str, *, option: str) -> datetime:
    """Read an aware ISO 8601 time; a bare date means its midnight in UTC.

    Parameters
    ----------
    text
        ``2017-12-04`` or ``2017-12-04T18:30:00+01:00``.
    option
        Name of the option, for the message.

    Returns
    -------
    datetime
        In UTC.

    Raises
    ------
    InvalidRequestError
        When it is no time, or a time without an offset from UTC.

    Examples
    --------
    >>> parse_moment("2017-12-04", option="--as-of").isoformat()
    '2017-12-04T00:00:00+00:00'
    >>> parse_moment("2017-12-04T18:30:00+01:00", option="--as-of").isoformat()
    '2017-12-04T17:30:00+00:00'
    """
    moment = _read_moment(text.strip())
    if moment is None:
        raise InvalidRequestError(
            f"{option} is no time", expected="a date (2026-01-31) or a time with its offset from UTC "
            "(2026-01-31T18:00:00Z)", found=repr(text)
        )  # fmt: skip
    return moment


def parse_day(text: str, *, option: str) -> date:
    """Read a date, or an aware ISO 8601 time on it: whose day a bare date is, the caller knows.

    Examples
    --------
    >>> parse_day("2017-12-04", option="--from")
    datetime.date(2017, 12, 4)
    >>> parse_day("2017-12-04T18:30:00+01:00", option="--from").isoformat()
    '2017-12-04T17:30:00+00:00'
    """
    moment = parse_moment(text, option=option)
    return moment.date() if len(text.strip()) == _BARE_DATE else moment


def refuse_future(day: date, now: datetime, *, option: str) -> None:
    """Raise for a time after now, or for a date that has begun nowhere on earth.

    Raises
    ------
    InvalidRequestError
        It lies in the future, of which nothing is known.

    Examples
    --------
    >>> noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    >>> refuse_future(noon, noon, option="--as-of")
    >>> refuse_future(date(2026, 2, 1), noon, option="--from")
    """
    latest = now if isinstance(day, datetime) else (now + _FARTHEST_EAST).date()
    if day > latest:
        raise InvalidRequestError(
            f"{option} lies in the future",
            expected=f"at most {now:%Y-%m-%dT%H:%M:%SZ}",
            found=day.isoformat(),
            remedy=f"name an earlier time, or leave {option} out",
        )


def _read_moment(text: str) -> datetime | None:
    try:
        if len(text) == _BARE_DATE:
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
