"""What the types cannot say by themselves: characters, ranges and clocks of an event."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

import msgspec

from recommender.errors import InvalidEventError
from recommender.events.fields import Check, checks_of
from recommender.events.limits import check_aware, check_id
from recommender.events.overruling import check_override
from recommender.events.upcasting import current_version
from recommender.events.vocabulary import (
    AnyEvent,
    ConsentChange,
    ContactReserved,
    Delivered,
    Identify,
    OrderLine,
    Override,
    Profile,
    Purchase,
    Return,
    ReturnLine,
    SaidToo,
    Unlink,
)
from recommender.value_rules import shown

MOST_LINES: Final = 20_000
EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)
"""Of a time that may lie ahead: what is later in UTC nobody could show."""

CLOCK_TOLERANCE: Final = timedelta(days=1)

_ABOUT_SOMEBODY: Final[Mapping[type[AnyEvent], str]] = {
    ConsentChange: "a no that names nobody would stop nothing",
    Override: "one that names nobody would stop nothing",
    Profile: "a name that is nobody's could neither be found nor erased",
    Identify: "a link has two ends",
    Unlink: "a link has two ends",
}
"""Types that say nothing without a customer, and why."""

__all__ = ["CLOCK_TOLERANCE", "EARLIEST", "LATEST", "MOST_LINES", "check_event", "check_happened", "check_id"]


def check_event(event: AnyEvent, *, now: datetime) -> AnyEvent:
    """Return the event if every field is in range.

    Parameters
    ----------
    event
        An event whose types fit, as the codec decodes it.
    now
        The clock, aware. Events may be up to one day ahead of it.

    Raises
    ------
    InvalidEventError
        The message begins with the path of the field, such as ``lines[3].quantity``.

    Examples
    --------
    >>> from recommender.events.vocabulary import View
    >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> check_event(View(source="shop", event_id="1", occurred_at=noon, item_id="mug"), now=noon).item_id
    'mug'
    """
    if isinstance(event, Override):
        check_override(event)
    if type(event) in _ABOUT_SOMEBODY:
        _check_customer(event)
    _check_fields(event, checks_of(type(event)), "")
    _check_schema_version(event)
    check_happened("occurred_at", event.occurred_at, now)
    _check_other_times(event)
    if isinstance(event, Purchase | Return):
        _check_count("lines", len(event.lines))
        _check_parts("lines", event.lines)
    elif isinstance(event, Delivered):
        _check_line_ids(event.line_ids)
    elif isinstance(event, ContactReserved) and event.also:
        _check_count("also", len(event.also))
        _check_parts("also", event.also)
    return event


def _check_customer(event: AnyEvent) -> None:
    if event.customer_id is None:
        raise InvalidEventError(
            "customer_id is missing",
            expected="whose word, or about whom it is",
            found="none",
            remedy=f"send the id under which this customer orders: {_ABOUT_SOMEBODY[type(event)]}",
        )


def _check_fields(struct: msgspec.Struct, checks: tuple[tuple[str, Check], ...], path: str) -> None:
    for name, check in checks:
        value = getattr(struct, name)
        if value is not None:
            check(path + name, value)


def _check_schema_version(event: AnyEvent) -> None:
    current = current_version(type(event))
    if event.schema_version != current:
        raise InvalidEventError(
            "schema_version is not the one that is written now",
            expected=str(current),
            found=shown(event.schema_version),
            remedy="decode events with decode_event, which brings older ones up to date",
        )


def check_happened(name: str, moment: datetime, now: datetime) -> None:
    """Raise unless something can have happened then: a time with its offset, at most a day ahead of the clock."""
    check_aware(name, moment)
    if not EARLIEST <= moment <= now + CLOCK_TOLERANCE:
        raise InvalidEventError(
            f"{name} is out of range",
            expected=f"{EARLIEST:%Y-%m-%d} to one day after now ({now:%Y-%m-%dT%H:%M:%SZ})",
            found=moment.isoformat(),
            remedy="check the clock and the unit of the time",
        )


def _check_other_times(event: AnyEvent) -> None:
    for name in _other_times_of(type(event)):
        value: datetime | None = getattr(event, name)
        if value is not None and not EARLIEST <= value <= LATEST:
            raise InvalidEventError(
                f"{name} is out of range",
                expected=f"{EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}, in UTC",
                found=value.isoformat(),
                remedy="check the year and the offset of the time",
            )


@functools.cache
def _other_times_of(kind: type[AnyEvent]) -> tuple[str, ...]:
    """Return the fields of a type that hold a time, but for when it happened."""
    fields = msgspec.structs.fields(kind)
    return tuple(
        one.name
        for one in fields
        if one.name != "occurred_at" and datetime in {one.type, *get_args(one.type)}
    )


def _check_parts(
    name: str, parts: tuple[OrderLine, ...] | tuple[ReturnLine, ...] | tuple[SaidToo, ...]
) -> None:
    checks = checks_of(type(parts[0]))
    for index, part in enumerate(parts):
        try:
            _check_fields(part, checks, "")
        except InvalidEventError as error:
            raise InvalidEventError(
                f"{name}[{index}].{error.message}",
                expected=error.expected,
                found=error.found,
                remedy=error.remedy,
            ) from None


def _check_line_ids(line_ids: tuple[str, ...]) -> None:
    if line_ids:
        _check_count("line_ids", len(line_ids))
    for index, line_id in enumerate(line_ids):
        check_id(f"line_ids[{index}]", line_id)


def _check_count(name: str, count: int) -> None:
    if not 1 <= count <= MOST_LINES:
        raise InvalidEventError(
            f"{name} has a wrong length",
            expected=f"1 to {MOST_LINES}",
            found=str(count),
            remedy="split the order, or leave the event out when it is empty",
        )
