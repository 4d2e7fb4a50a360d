"""Lengths of time as people write them: ``30 days``, ``6 months``, ``1 year 6 months``, or ISO 8601 ``P6M``."""

import re
from typing import Final

from recommender.playbook.conditions.problems import nearest
from recommender.playbook.document.rules import broken_rule
from recommender.playbook.model import Span
from recommender.value_rules import shown

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600}
_DAYS: Final = {"day": 1, "week": 7}
_MONTHS: Final = {"month": 1, "year": 12}
_UNITS: Final = tuple(unit + "s" for unit in (*_SECONDS, *_DAYS, *_MONTHS))
SECONDS_PATTERN: Final = (
    r"^([0-9]{1,9} (second|minute|hour|day|week)s?)( [0-9]{1,9} (second|minute|hour|day|week)s?)*$"
    r"|^P(?=[0-9T])([0-9]{1,9}W)?([0-9]{1,9}D)?(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}S)?)?$"
)
SPAN_PATTERN: Final = (
    r"^([0-9]{1,9} (second|minute|hour|day|week|month|year)s?)( [0-9]{1,9} (second|minute|hour|day|week|month|year)s?)*$"
    r"|^P(?=[0-9T])([0-9]{1,9}Y)?([0-9]{1,9}M)?([0-9]{1,9}W)?([0-9]{1,9}D)?"
    r"(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}S)?)?$"
)
LONGEST_DAYS: Final = 36_500
_ISO: Final = re.compile(
    r"P(?=[\dT])(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_ISO_UNITS: Final = ("year", "month", "week", "day", "hour", "minute", "second")
_WORDS: Final = re.compile(r"(\d{1,9}) ([A-Za-z]+)(?: |$)", re.ASCII)


def read_seconds(value: object) -> int:
    """Return a length of time without months, in seconds.

    Raises
    ------
    PydanticCustomError
        It is none, or it has months or years.

    Examples
    --------
    >>> read_seconds("12 hours"), read_seconds("P1DT12H"), read_seconds("1 week 1 day")
    (43200, 129600, 691200)
    """
    span = read_span(value, example="30 days")
    if span.months:
        raise broken_rule(
            "months and years differ in length and cannot be used here",
            expected="seconds, minutes, hours, days or weeks",
            found=shown(value),
            remedy=f"write {round(span.months * 30.4375) + span.days} days",
        )
    return span.days * 86_400 + span.seconds


def read_span(value: object, example: str = "6 months") -> Span:
    """Return a length of time in the calendar.

    Raises
    ------
    PydanticCustomError
        It is none, or longer than a hundred years.

    Examples
    --------
    >>> read_span("1 year 6 months"), read_span("P2W")
    (Span(months=18, days=0, seconds=0), Span(months=0, days=14, seconds=0))
    """
    if isinstance(value, Span):  # a default
        return value
    amounts = _amounts(value, example)
    span = Span(
        months=sum(amount * _MONTHS.get(unit, 0) for amount, unit in amounts),
        days=sum(amount * _DAYS.get(unit, 0) for amount, unit in amounts),
        seconds=sum(amount * _SECONDS.get(unit, 0) for amount, unit in amounts),
    )
    if rough_days(span) > LONGEST_DAYS:
        raise broken_rule("the time is too long", expected="at most 100 years", found=shown(value))
    return span


def rough_days(span: Span) -> float:
    """Return about how many days a span has; only for comparing spans.

    Examples
    --------
    >>> rough_days(Span(months=12))
    365.25
    """
    return span.months * 30.4375 + span.days + span.seconds / 86_400


def say_span(span: Span) -> str:
    """Return a span as a person would write it.

    Examples
    --------
    >>> say_span(Span(months=18, days=1)), say_span(Span(seconds=5400)), say_span(Span())
    ('18 months 1 day', '90 minutes', '0 days')
    """
    years = span.months // 12 if span.months % 12 == 0 else 0
    hours = span.seconds // 3_600 if span.seconds % 3_600 == 0 else 0
    minutes = span.seconds // 60 if span.seconds % 60 == 0 and not hours else 0
    seconds = 0 if hours or minutes else span.seconds
    months = 0 if years else span.months
    amounts = zip((years, months, span.days, hours, minutes, seconds), _SAID, strict=True)
    said = [f"{amount} {unit}{'' if amount == 1 else 's'}" for amount, unit in amounts if amount]
    return " ".join(said) if said else "0 days"


_SAID: Final = ("year", "month", "day", "hour", "minute", "second")


def _amounts(value: object, example: str) -> list[tuple[int, str]]:
    if not isinstance(value, str):
        remedy = f'write "{value} days"' if isinstance(value, int) and not isinstance(value, bool) else ""
        raise _no_duration(value, example, remedy)
    iso = _ISO.fullmatch(value)
    if iso is not None:
        return [(int(amount), unit) for amount, unit in zip(iso.groups(), _ISO_UNITS, strict=True) if amount]
    parts = _WORDS.findall(value)
    if not parts or "".join(f"{amount} {unit} " for amount, unit in parts) != value + " ":
        raise _no_duration(value, example, "")
    return [(int(amount), _singular(unit, value, example)) for amount, unit in parts]


def _singular(unit: str, value: str, example: str) -> str:
    singular = unit.removesuffix("s")
    if singular + "s" in _UNITS:
        return singular
    closest = nearest(unit.lower(), _UNITS)
    raise _no_duration(value, example, f"did you mean {closest}?" if closest else "")


def _no_duration(value: object, example: str, remedy: str) -> Exception:
    return broken_rule(
        "this is no length of time", expected=f'such as "{example}"', found=shown(value), remedy=remedy
    )
