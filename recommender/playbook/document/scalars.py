"""Single values of the file: each knows what it accepts, in Python and in the published schema."""

import functools
import re
from datetime import date, datetime, time
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema

from recommender.errors import PlaybookError
from recommender.playbook.category_paths import category_path
from recommender.playbook.conditions import CompiledCondition, compile_condition
from recommender.playbook.conditions.grammar import LONGEST
from recommender.playbook.conditions.problems import nearest
from recommender.playbook.document.declared import check_reference
from recommender.playbook.document.durations import (
    SECONDS_PATTERN,
    SPAN_PATTERN,
    read_seconds,
    read_span,
)
from recommender.playbook.document.rules import broken_condition, broken_rule
from recommender.playbook.document.zones import zone_remedy
from recommender.playbook.model import Span
from recommender.playbook.numerals import date_remedy
from recommender.value_rules import LONGEST_ID, ZONES_OF_NO_PLACE, id_problem, shown, text_problem

_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
_DAY_TIME: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_IN_A_YEAR: Final = (
    r"-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
)
_WRITTEN_MOMENT: Final = r"^[0-9]{4}" + _IN_A_YEAR
_MOMENT: Final = r"^(19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])" + _IN_A_YEAR
_YEARS: Final = range(1970, 9_999)
"""Of dates, as they are written: every time zone has a calendar for them."""
MOST_LISTED: Final = 10_000
LONGEST_REMEMBERED_DAYS: Final = 400
"""So long every contact with a customer is remembered: what a rule counts must lie within. States keep no less; a test says so."""
MOST_REMEMBERED: Final = 200
"""So many contacts are remembered of every channel and action, and more than that no cap can count."""
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


_Length = TypeVar("_Length", int, Span)


def _takes_time(length: _Length) -> _Length:
    if length in (0, Span()):
        raise broken_rule("this takes no time", expected='more, such as "30 days"', found="0 days")
    return length


def _positive(pattern: str) -> str:
    """Return the pattern of those lengths of time that are not zero: digits stand in their amounts alone."""
    return f"^(?=[^1-9]*[1-9])({pattern})"


def _schema(pattern: str, description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "description": description})


def _is_text(value: str) -> str:
    problem = text_problem(value)
    if problem is not None:
        raise broken_rule("the text holds a control character", found=problem, remedy="leave it out")
    return value


def _is_label(value: str) -> str:
    if value != value.strip():
        raise broken_rule(
            "there are blanks around it",
            found=shown(value),
            remedy="leave them out: names are compared as they are",
        )
    return _is_text(value)


def _is_id(value: str) -> str:
    problem = id_problem(value)
    if problem is not None:
        raise broken_rule("this is no id", expected="1 to 256 printable characters", found=problem)
    return value


def _is_currency(value: str) -> str:
    from iso4217 import Currency

    codes = [currency.code for currency in Currency]
    if value not in codes:
        closest = nearest(value.upper(), codes)
        raise broken_rule(
            "this is no currency",
            expected="a code of ISO 4217, such as EUR",
            found=shown(value),
            remedy=f"did you mean {closest}?" if closest else "",
        )
    return value


def _is_zone(value: str) -> str:
    zones = available_timezones() - ZONES_OF_NO_PLACE
    if value not in zones:
        raise broken_rule(
            "this is no time zone",
            expected="a name of the IANA list, such as Europe/Berlin",
            found=shown(value),
            remedy=zone_remedy(value, zones),
        )
    return value


def _read_minutes(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(_DAY_TIME, value, re.ASCII):
        return int(value[:2]) * 60 + int(value[3:])
    remedy = f'write "{value:%H:%M}"' if isinstance(value, time) else ""
    raise broken_rule(
        "this is no time of day", expected='such as "08:00"', found=_shown(value), remedy=remedy
    )


def _read_moment(value: object) -> datetime:
    moment = _moment(value)
    if moment is None:
        raise broken_rule(
            "this is no date",
            expected="such as 2026-12-01 or 2026-12-01T08:00:00+01:00",
            found=_shown(value),
            remedy=date_remedy(value) if isinstance(value, str) else "",
        )
    if moment.year not in _YEARS:
        raise broken_rule(
            "the date is too far away",
            expected=f"a year from {_YEARS[0]} to {_YEARS[-1]}",
            found=_shown(value),
            remedy="leave it out where there is no bound",
        )
    return moment


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the playbook's zone is added later
    try:
        is_written = isinstance(value, str) and re.fullmatch(_WRITTEN_MOMENT, value, re.ASCII)
        return datetime.fromisoformat(str(value)) if is_written else None
    except ValueError:
        return None


def _read_remembered(value: object) -> int:
    """Return a length of time over which every contact is remembered."""
    seconds = read_seconds(value)
    if seconds > LONGEST_REMEMBERED_DAYS * 86_400:
        raise broken_rule(
            "contacts are not remembered for so long",
            expected=f"at most {LONGEST_REMEMBERED_DAYS} days",
            found=shown(value),
        )
    return seconds


def _shown(value: object) -> str:
    return str(value) if isinstance(value, date | time) else shown(value)


def read_category(value: object) -> tuple[str, ...]:
    """Return the levels of a path; ``*`` has none and matches everything.

    Raises
    ------
    PydanticCustomError
        It is none.

    Examples
    --------
    >>> read_category(" Rings / Gold "), read_category(["a/b"]), read_category("*")
    (('Rings', 'Gold'), ('a/b',), ())
    """
    path = category_path(value)
    if path is not None:
        return path
    raise broken_rule(
        "this is no category",
        expected='a path such as "Rings/Gold", or "*" for every item',
        found=shown(value),
        remedy='a level with a slash in it is written as a list: ["Home/Garden", "Tools"]',
    )


def _read_condition(value: object, info: ValidationInfo, *, about_item: bool) -> CompiledCondition:  # noqa: ARG001
    if not isinstance(value, str):
        raise broken_rule(
            "a condition is a text", expected='such as "customer.orders >= 2"', found=_shown(value)
        )
    try:
        return compile_condition(value, about_item=about_item)
    except PlaybookError as error:
        raise broken_condition(error.problems[0]) from None


def _reference(what: str) -> Any:  # the marker that pydantic's own annotation takes
    return AfterValidator(functools.partial(check_reference, what=what))


_CONDITION_SCHEMA: Final = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST})
_CATEGORY_SCHEMA: Final = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "pattern": r"^\s*[^/\s][^/]*(/\s*[^/\s][^/]*){0,19}$"},
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "items": {"type": "string", "minLength": 1, "maxLength": 256},
            },
        ],
        "description": 'A path such as "Rings/Gold"; "*" is every item.',
    }
)


def _unpadded(longest: int) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"^\S([\s\S]*\S)?$"}
    )


_REMEMBERED: Final = f'A length of time, such as "30 days", of at most {LONGEST_REMEMBERED_DAYS} days.'

Seconds: TypeAlias = Annotated[
    int, PlainValidator(read_seconds), _schema(SECONDS_PATTERN, 'A length of time, such as "30 days".')
]
PositiveSeconds: TypeAlias = Annotated[
    int,
    PlainValidator(read_seconds),
    AfterValidator(_takes_time),
    _schema(_positive(SECONDS_PATTERN), 'A length of time that is not zero, such as "30 days".'),
]
RememberedSeconds: TypeAlias = Annotated[
    int, PlainValidator(_read_remembered), _schema(SECONDS_PATTERN, _REMEMBERED)
]
PositiveRememberedSeconds: TypeAlias = Annotated[
    int,
    PlainValidator(_read_remembered),
    AfterValidator(_takes_time),
    _schema(_positive(SECONDS_PATTERN), _REMEMBERED),
]
CalendarSpan: TypeAlias = Annotated[
    Span,
    PlainValidator(read_span),
    _schema(SPAN_PATTERN, 'A length of time in the calendar, such as "6 months".'),
]
PositiveSpan: TypeAlias = Annotated[
    Span,
    PlainValidator(read_span),
    AfterValidator(_takes_time),
    _schema(
        _positive(SPAN_PATTERN), 'A length of time in the calendar that is not zero, such as "6 months".'
    ),
]
DayTime: TypeAlias = Annotated[
    int, PlainValidator(_read_minutes), _schema(_DAY_TIME, 'A time of day, such as "08:00".')
]
Moment: TypeAlias = Annotated[
    datetime,
    PlainValidator(_read_moment),
    _schema(_MOMENT, "A date, or a date and time; without offset in the playbook's time zone."),
]
Category: TypeAlias = Annotated[tuple[str, ...], PlainValidator(read_category), _CATEGORY_SCHEMA]
CustomerCondition: TypeAlias = Annotated[
    CompiledCondition,
    PlainValidator(functools.partial(_read_condition, about_item=False)),
    _CONDITION_SCHEMA,
]
ItemCondition: TypeAlias = Annotated[
    CompiledCondition, PlainValidator(functools.partial(_read_condition, about_item=True)), _CONDITION_SCHEMA
]

Name: TypeAlias = Annotated[str, Field(pattern=_NAME)]
Id: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_is_id), _unpadded(LONGEST_ID)
]
ShortId: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(_is_id), _unpadded(200)
]
Label: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(_is_label), _unpadded(200)
]
ShortText: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_is_text)]
LongText: TypeAlias = Annotated[str, Field(max_length=2_000), AfterValidator(_is_text)]
Currency: TypeAlias = Annotated[
    str, AfterValidator(_is_currency), Field(json_schema_extra={"pattern": "^[A-Z]{3}$"})
]
Zone: TypeAlias = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_is_zone)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Probability: TypeAlias = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Money: TypeAlias = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Factor: TypeAlias = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
Score: TypeAlias = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
LeverName: TypeAlias = Annotated[Name, _reference("lever")]
ChannelName: TypeAlias = Annotated[Name, _reference("channel")]
OutboundName: TypeAlias = Annotated[Name, _reference("outbound channel")]
PlanName: TypeAlias = Annotated[Name, _reference("service plan")]
