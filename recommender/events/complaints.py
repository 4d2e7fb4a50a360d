"""msgspec's sentences about an event in our own words: the field, what was expected, what was found, what to do."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal, get_args, get_origin

import msgspec

from recommender.errors import InvalidEventError
from recommender.value_rules import READABLE_NUMBER, is_past_reading, shown

REMEDY: Final = "see docs/events.md for the fields of each type"

_EXPECTED: Final = re.compile(r"Expected `([^`]*)`(?:, got `[^`]*`)?(.*)", re.DOTALL)
_FIELD: Final = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_STEP: Final = re.compile(r"[^.\[\]]+")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "decimal": "a decimal, as a number or as text",
    "datetime": "a time such as 2024-05-01T12:00:00Z",
    "date": "a date such as 2024-05-01",
}
_INVALID: Final = {
    "Invalid RFC3339 encoded datetime": _WORDS["datetime"],
    "Invalid RFC3339 encoded date": _WORDS["date"],
    "Invalid decimal string": _WORDS["decimal"],
    "Number out of range": "a number that fits 64 bits",
    "Integer value out of range": "a whole number that fits 64 bits",
}


def broken(error: Exception) -> InvalidEventError:
    """Say what is wrong with bytes that are no JSON object."""
    if is_past_reading(error):
        return InvalidEventError(
            "a number in the event is too large",
            expected=READABLE_NUMBER,
            found="a larger one",
            remedy="send it as text, or correct it",
        )
    expected, found = "one JSON object in UTF-8", str(error)
    if isinstance(error, UnicodeError):
        found = "text that is not UTF-8"
    elif isinstance(error, RecursionError):
        found = "values nested too deeply"
    elif isinstance(error, msgspec.ValidationError):
        found = found.partition("got ")[2].strip("`") or found
    return InvalidEventError(
        "an event is no JSON object",
        expected=expected,
        found=found,
        remedy="check quotes, commas and escapes (NaN and Infinity are no JSON)",
    )


def unknown_type(kind: object, types: Mapping[str, object]) -> InvalidEventError:
    """Say which types there are, and which one may have been meant."""
    written = str(kind)[:60].lower().replace("-", "_").replace(" ", "_")
    near = [] if kind is None else get_close_matches(written, types, 1, 0.5)
    return InvalidEventError(
        "type is missing" if kind is None else "type is unknown",
        expected=f"one of {', '.join(types)}",
        found="nothing" if kind is None else shown(kind),
        remedy=f"did you mean {near[0]}?" if near else REMEDY,
    )


def unfit(sentence: str, raw: Mapping[str, object], kind: type[msgspec.Struct]) -> InvalidEventError:
    """Turn msgspec's sentence about a raw event of one type into an error that begins with the field."""
    what, _, where = sentence.partition(" - at `")
    path = where.rstrip("`").removeprefix("key in ").removeprefix("$").removeprefix(".")
    if about := _FIELD.fullmatch(what):
        name = about.group(2)
        field = f"{path}.{name[:60]}" if path else name[:60]
        if about.group(1) == "missing required":
            return InvalidEventError(
                f"{field} is missing", expected="a value", found="nothing", remedy=REMEDY
            )
        return _unknown_field(field, name, _struct_at(kind, path))
    return InvalidEventError(
        f"{path or 'the event'} does not fit",
        expected=_expected(what, kind, path),
        found=shown(_value_at(raw, path)),
        remedy=REMEDY,
    )


def _unknown_field(field: str, name: str, kind: type[msgspec.Struct]) -> InvalidEventError:
    known = kind.__struct_fields__
    near = get_close_matches(name[:60], known, 1)
    return InvalidEventError(
        f"{field} is unknown",
        expected=f"only {', '.join(known)}",
        found=shown(name),
        remedy=f"did you mean {near[0]}?" if near else REMEDY,
    )


def _expected(what: str, kind: type[msgspec.Struct], path: str) -> str:
    if what.startswith("Invalid enum value"):
        return f"one of {', '.join(_choices(_struct_at(kind, path), path))}"
    if found := _EXPECTED.fullmatch(what):
        alternatives = (_WORDS.get(one, one) for one in found.group(1).split(" | "))
        return " or ".join(alternatives) + found.group(2)
    return _INVALID.get(what, what)


def _struct_at(kind: type[msgspec.Struct], path: str) -> type[msgspec.Struct]:
    """Return the struct that a path is in: the type of the lines below ``lines``, else the event's own."""
    if not path.startswith("lines["):
        return kind
    of_lines = next(field.type for field in msgspec.structs.fields(kind) if field.name == "lines")
    struct: type[msgspec.Struct] = get_args(of_lines)[0]
    return struct


def _choices(kind: type[msgspec.Struct], path: str) -> tuple[str, ...]:
    name = path.rpartition(".")[2]
    types = [field.type for field in msgspec.structs.fields(kind) if field.name == name]
    return get_args(types[0]) if types and get_origin(types[0]) is Literal else ()


def _value_at(raw: object, path: str) -> object:
    """Return the value a path leads to, as far as it leads."""
    for step in _STEP.findall(path):
        if isinstance(raw, dict) and step in raw:
            raw = raw[step]
        elif isinstance(raw, list) and step.isdigit() and int(step) < len(raw):
            raw = raw[int(step)]
    return raw
