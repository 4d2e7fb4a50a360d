"""What pydantic found, as problems with a line: expected, found, and the nearest right name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from recommender.errors import PlaybookProblem
from recommender.playbook.conditions.problems import nearest
from recommender.playbook.document.actions import ACTION_TABLES
from recommender.playbook.document.outline import describe, names_at, names_of_kind
from recommender.playbook.document.positions import Path, Positions
from recommender.playbook.document.rules import CONDITION, RULE
from recommender.playbook.numerals import number_remedy
from recommender.value_rules import shown

_TYPES: Final = {
    "string_type": "a text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}
_LIMITS: Final = {
    "greater_than": ("the number is too small", "more than {gt:g}"),
    "greater_than_equal": ("the number is too small", "at least {ge:g}"),
    "less_than": ("the number is too large", "less than {lt:g}"),
    "less_than_equal": ("the number is too large", "at most {le:g}"),
    "too_long": ("the list is too long", "at most {max_length:,}"),
    "too_short": ("the list is too short", "at least {min_length:,}"),
    "string_too_long": ("the text is too long", "at most {max_length:,} characters"),
    "string_too_short": ("the text is too short", "at least {min_length:,} characters"),
}
LISTS_OF_TABLES: Final = frozenset(
    {
        ("actions",),
        ("actions", "context"),
        ("service_plans",),
        ("ownership",),
        ("contact_policy", "caps"),
        ("contact_policy", "quiet_hours"),
    }
)
"""Settings whose headers have two brackets."""
_NAME_PATTERN: Final = "letters, digits, and . _ - after the first of them, at most 100"


def problems_of(
    error: ValidationError, raw: Mapping[str, object], places: Positions
) -> tuple[PlaybookProblem, ...]:
    """Return every problem once, in the order of the file."""
    told = (_Told(detail, raw, places).problem() for detail in error.errors(include_url=False))
    return tuple(sorted(dict.fromkeys(told)))


class _Told:
    """One error on its way to a problem."""

    def __init__(self, detail: ErrorDetails, raw: Mapping[str, object], places: Positions) -> None:
        self.type = detail["type"]
        self.input = detail["input"]
        self.context: Mapping[str, Any] = detail.get("ctx", {})
        self.text = detail["msg"]
        self.places = places
        self.raw = raw
        path = _path(detail["loc"], self.context.get("at", ()))
        among = self.context.get("among", ())
        self.path = _last_written(path[:-1], among, raw) if among else path

    def problem(self) -> PlaybookProblem:
        if self.type == CONDITION:
            return self._condition()
        message, expected, found, remedy = self._sentence()
        place = self.places.of(self.path)  # the sentence may have made the path longer
        return PlaybookProblem(
            place.line, place.column, label(self.path, self.raw), message, expected, found, remedy
        )

    def _condition(self) -> PlaybookProblem:
        told: PlaybookProblem = self.context["problem"]
        text = self.places.texts.get(self.path)
        place = self.places.of(self.path) if text is None else text.place_of(told.line, told.column)
        return replace(told, line=place.line, column=place.column, where=label(self.path, self.raw))

    def _sentence(self) -> tuple[str, str, str, str]:
        found = shown(self.input) if isinstance(self.input, str | int | float | bool) else ""
        if self.type == RULE:
            return self._rule()
        if self.type in _TYPES:
            return self._other_type()
        if self.type in _LIMITS:
            message, expected = _LIMITS[self.type]
            return message, expected.format(**self.context), found or f"{_length(self.input)}", ""
        teller = {
            "missing": self._missing,
            "extra_forbidden": self._unknown,
            "literal_error": self._choice,
            "union_tag_invalid": self._kind,
            "union_tag_not_found": self._kind,
        }.get(self.type)
        if teller is not None:
            return teller()
        if self.type == "string_pattern_mismatch":
            return "this is no name", _NAME_PATTERN, found, ""
        return self.text, "", found, ""

    def _rule(self) -> tuple[str, str, str, str]:
        rule, table = self.context, self.path[:-1]
        expected, found = rule["expected"], rule["found"]
        if "quoted" in rule:
            written = {name: shown(value_at((*table, name), self.raw)) for name in rule["quoted"]}
            expected, found = expected.format(**written), found.format(**written)
        return rule["message"], expected, found, rule["remedy"]

    def _other_type(self) -> tuple[str, str, str, str]:
        names = tuple(part for part in self.path if isinstance(part, str))
        if self.type == "list_type" and isinstance(self.input, Mapping) and names in LISTS_OF_TABLES:
            return list_of_tables(names)
        is_number = self.type == "float_type" and isinstance(self.input, str)
        remedy = number_remedy(self.input) if is_number else ""
        return "the type does not fit", _TYPES[self.type], _kind(self.input), remedy

    def _missing(self) -> tuple[str, str, str, str]:
        doc = describe(self.path, self.raw).rstrip(".")
        return "this setting is missing", "", "", f"it says: {doc}" if doc else ""

    def _unknown(self) -> tuple[str, str, str, str]:
        *table, name = self.path
        known = names_at(tuple(table), self.raw)
        kinds = [kind for kind in ACTION_TABLES if self._is_of(kind, tuple(table), str(name))]
        if kinds:
            return (
                f"this setting does not belong to kind {self._own_kind()}",
                "",
                "",
                (f"leave it out; it belongs to {', '.join(kinds)}"),
            )
        closest = nearest(str(name), known)
        remedy = f"did you mean {closest}?" if closest else "leave it out"
        return "unknown setting", ", ".join(known), "", remedy

    def _own_kind(self) -> str:
        return str(value_at((*self.path[:2], "kind"), self.raw))

    def _is_of(self, kind: str, table: Path, name: str) -> bool:
        if len(table) < 2 or table[0] != "actions":
            return False
        return name in names_of_kind(kind, table[2:])

    def _choice(self) -> tuple[str, str, str, str]:
        expected = str(self.context["expected"]).replace("'", "")
        choices = expected.replace(" or ", ", ").split(", ")
        closest = nearest(str(self.input), choices)
        return "unknown choice", expected, shown(self.input), f"did you mean {closest}?" if closest else ""

    def _kind(self) -> tuple[str, str, str, str]:
        tag = self.input.get("kind") if isinstance(self.input, Mapping) else None
        self.path = (*self.path, "kind")
        kinds = list(ACTION_TABLES)
        if tag is None:
            return "this setting is missing", ", ".join(kinds), "", ""
        if tag == "do_nothing":
            return "doing nothing is always possible", "", "", "leave the action out"
        closest = nearest(str(tag), kinds)
        remedy = f"did you mean {closest}?" if closest else ""
        return "unknown kind of action", ", ".join(kinds), shown(tag), remedy


def list_of_tables(names: tuple[str, ...]) -> tuple[str, str, str, str]:
    """Return what is wrong with a single table where a list of them belongs: message, expected, found, and the way out.

    Examples
    --------
    >>> list_of_tables(("actions",))
    ('the type does not fit', 'a list', 'a table', 'write [[actions]] with two brackets, once for each')
    """
    remedy = f"write [[{'.'.join(names)}]] with two brackets, once for each"
    return "the type does not fit", "a list", "a table", remedy


def label(path: Path, raw: Mapping[str, object]) -> str:
    """Return a path as people read it: tables of a list go by their id.

    Examples
    --------
    >>> label(("actions", 0, "value"), {"actions": [{"id": "refill"}]}), label(("actions", 0), {})
    ('actions.refill.value', 'actions[1]')
    """
    parts = ""
    for position, part in enumerate(path):
        if isinstance(part, str):
            parts += f".{part}"
            continue
        name = value_at((*path[: position + 1], "id"), raw)
        parts += f".{name}" if isinstance(name, str) and len(name) <= 100 else f"[{part + 1}]"
    return parts.removeprefix(".")


def _path(location: tuple[str | int, ...], below: tuple[str | int, ...]) -> Path:
    """Drop what pydantic adds: the kind of an action, and what it calls the key of a table."""
    parts = [part for part in (*location, *below) if part != "[key]"]
    if len(parts) > 2 and parts[0] == "actions" and parts[2] in ACTION_TABLES:
        del parts[2]
    return tuple(parts)


def _last_written(table: Path, among: tuple[str, ...], raw: Mapping[str, object]) -> Path:
    """Return the last of some settings in the order of the file, or their table where none is written."""
    settings = value_at(table, raw)
    written = [name for name in settings if name in among] if isinstance(settings, Mapping) else []
    return (*table, *written[-1:])


def value_at(path: Path, raw: object) -> object:
    """Return what is written at a path; None where nothing is.

    Examples
    --------
    >>> value_at(("actions", 0, "id"), {"actions": [{"id": "refill"}]}), value_at(("levers", "xmas"), {})
    ('refill', None)
    """
    for part in path:
        if isinstance(raw, Mapping):
            raw = raw.get(part)
        elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
        else:
            return None
    return raw


def _kind(value: object) -> str:
    match value:
        case bool() | int() | float() | str():
            return shown(value)
        case Mapping():
            return "a table"
        case list():
            return "a list"
        case _:
            return str(value)


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | list | Mapping) else 0
