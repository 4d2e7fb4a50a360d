"""The published JSON Schema: made from the tables that the reader uses, so the two cannot differ."""

import functools
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from recommender.playbook.document.action_parts import ActionTable
from recommender.playbook.document.actions import ACTION_TABLES
from recommender.playbook.document.durations import say_span
from recommender.playbook.document.root import PlaybookFile
from recommender.playbook.model import Span

Schema: TypeAlias = dict[str, Any]
"""JSON Schema: what it holds differs by keyword."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@functools.cache
def playbook_schema() -> Schema:
    """Return the schema of a playbook file; do not change it.

    Dates of TOML count as texts in ISO 8601. The schema knows shapes; whatever it accepts, the reader has the last word:
    ``docs/playbook.md`` says of what.

    Examples
    --------
    >>> playbook_schema()["properties"]["levers"]["description"]
    'Factors that are turned in one place, by name.'
    """
    made = PlaybookFile.model_json_schema()
    schema: Schema = {"$schema": DIALECT, "title": "Rapport playbook", **_tidied(made)}
    for table in ACTION_TABLES.values():
        _ask_for_worth(schema["$defs"][table.__name__], table)
    return schema


def _tidied(part: Any) -> Any:
    """Drop what says nothing in TOML: titles, nulls, and defaults that are written in another form."""
    if isinstance(part, list):
        return [_tidied(one) for one in part]
    if not isinstance(part, dict):
        return part
    choices = [one for one in part.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1 and len(part["anyOf"]) == 2:
        part = {**choices[0], **{name: value for name, value in part.items() if name != "anyOf"}}
    tidy = {name: _tidied(value) for name, value in part.items() if not _says_nothing(name, value)}
    if "default" in part:
        tidy |= _default(part)
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _says_nothing(name: str, value: object) -> bool:
    return name == "default" or (name == "title" and isinstance(value, str))


def _default(part: Schema) -> Schema:
    value = part["default"]
    if "pattern" in part and isinstance(value, int):
        return {"default": say_span(Span(seconds=value))} if value else {}
    if "pattern" in part and isinstance(value, Mapping):
        return {"default": say_span(Span(**value))}
    return {} if value is None or value == "" or isinstance(value, list | Mapping) else {"default": value}


def _ask_for_worth(definition: Schema, table: type[ActionTable]) -> None:
    worth = {"value": {"exclusiveMinimum": 0}}
    if not table.has_other_worth:
        definition["required"].append("value")
        definition["properties"]["value"] |= worth["value"]
        definition["properties"]["value"].pop("default")
    elif "value_from_price" in definition["properties"]:
        share = {"value_from_price": {"exclusiveMinimum": 0}}
        definition["anyOf"] = [
            {"properties": worth, "required": ["value"]},
            {"properties": share, "required": ["value_from_price"]},
        ]
