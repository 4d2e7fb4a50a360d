"""Events as bytes: JSON in, the same JSON out for the same content.

``encode_event`` writes canonical bytes: one event has one encoding, whatever way its values were written. Times
are in UTC, decimals without trailing zeros, fields that equal their default are left out, attributes are sorted.
``decode_event`` reads any spelling, brings older forms up to date, and says what is wrong in our own words.
"""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, get_args

import msgspec

from recommender.events.complaints import broken, unfit, unknown_type
from recommender.events.upcasting import UPCASTERS, Upcasters, current_version, type_name, upcast
from recommender.events.vocabulary import AnyEvent, Purchase, Return

EVENT_TYPES: Final[dict[str, type[msgspec.Struct]]] = {type_name(kind): kind for kind in get_args(AnyEvent)}
"""Every event class by its ``type``."""

_DECODER: Final[msgspec.json.Decoder[AnyEvent]] = msgspec.json.Decoder(AnyEvent)
_RAW_DECODER: Final = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(order="deterministic", decimal_format="string")
_EXPONENTS: Final = range(-60, 61)


def decode_event(data: bytes | memoryview | str, *, upcasters: Upcasters = UPCASTERS) -> AnyEvent:
    """Return the event that JSON bytes describe. Ranges are not checked here, see ``check_event``.

    Parameters
    ----------
    data
        One JSON object in UTF-8.
    upcasters
        Steps from older forms, see :mod:`recommender.events.upcasting`.

    Raises
    ------
    InvalidEventError
        Broken JSON, an unknown type or field, a missing field, a value of the wrong type, or a future version. The
        message names the field.

    Examples
    --------
    >>> decode_event(b'{"type":"view","source":"shop","event_id":"1",'
    ...              b'"occurred_at":"2024-05-01T12:00:00Z","item_id":"mug"}').item_id
    'mug'
    """
    try:
        event = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _decode_raw(data, upcasters)
    if event.schema_version != current_version(type(event), upcasters):
        return _decode_raw(data, upcasters)
    return event


def _decode_raw(data: bytes | memoryview | str, upcasters: Upcasters) -> AnyEvent:
    """Decode by way of a plain dict: older forms, and events about which something must be said."""
    try:
        raw = _RAW_DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise broken(error) from None
    kind = EVENT_TYPES.get(name) if isinstance(name := raw.get("type"), str) else None
    if kind is None:
        raise unknown_type(raw.get("type"), EVENT_TYPES)
    try:
        event: AnyEvent = msgspec.convert(upcast(raw, upcasters), AnyEvent)
    except msgspec.ValidationError as error:
        raise unfit(str(error), raw, kind) from None
    return event


def encode_event(event: AnyEvent) -> bytes:
    """Return the canonical JSON of an event: equal content gives equal bytes.

    Examples
    --------
    >>> from recommender.events.vocabulary import View
    >>> encode_event(View(source="shop", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC), item_id="mug"))
    b'{"type":"view","source":"shop","event_id":"1","occurred_at":"2024-05-01T00:00:00Z","item_id":"mug"}'
    """
    event = _canonical(event)
    if isinstance(event, Purchase | Return):
        lines = tuple([_canonical(line) for line in event.lines])
        if any(new is not old for new, old in zip(lines, event.lines, strict=True)):
            event = msgspec.structs.replace(event, lines=lines)
    return _ENCODER.encode(event)


def _canonical(struct: msgspec.Struct) -> Any:
    """Return the struct with every value in its one spelling; itself when nothing changes.

    msgspec leaves out a field that *is* its default; one that only equals it would still be written.
    """
    changes: dict[str, object] = {}
    for name, kind, default in _spelled(type(struct)):
        value = getattr(struct, name)
        if value is None or value is default:
            continue
        spelling = default if value == default else _SPELLING[kind](value)
        if spelling is not value:
            changes[name] = spelling
    return msgspec.structs.replace(struct, **changes) if changes else struct


@functools.cache
def _spelled(struct: type[msgspec.Struct]) -> tuple[tuple[str, type, object], ...]:
    """Return (field, type, default) for the fields whose value can be spelled in several ways."""
    return tuple(
        (field.name, kind, None if field.default is msgspec.NODEFAULT else field.default)
        for field in msgspec.structs.fields(struct)
        for kind in _SPELLING
        if (isinstance(field.default, str) if kind is str else kind in (field.type, *get_args(field.type)))
    )


def _in_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC; itself where UTC would leave the years 1 to 9999."""
    if moment.tzinfo is UTC or moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment


def _plain(amount: Decimal) -> Decimal:
    """Return an amount without trailing zeros or an exponent; itself when it has neither."""
    text = str(amount)
    if "E" not in text and not ("." in text and text[-1] == "0") and text != "-0":
        return amount
    exponent = amount.as_tuple().exponent
    if (
        not isinstance(exponent, int) or exponent not in _EXPONENTS
    ):  # infinite, or absurd: refused by check_event
        return amount
    text = format(amount, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) if amount else Decimal(0)


def _itself(value: object) -> object:
    return value


_SPELLING: Final[dict[type, Callable[[Any], object]]] = {
    datetime: _in_utc,
    Decimal: _plain,
    float: float,
    int: _itself,
    str: _itself,
}
"""Per type that can be spelled in several ways, what brings a value into its one spelling."""
