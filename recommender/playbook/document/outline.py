"""What may stand where: the published schema, asked by path."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from recommender.playbook.document.actions import ACTION_TABLES
from recommender.playbook.document.positions import Path
from recommender.playbook.document.schema import playbook_schema

Schema: TypeAlias = Mapping[str, Any]
"""JSON Schema: what it holds differs by keyword."""


def names_at(path: Path, raw: object) -> list[str]:
    """Return the settings of the table at a path; none where there is no table.

    Parameters
    ----------
    path
        From the root.
    raw
        The file's values: of what differs by ``kind``, the one written there counts.

    Examples
    --------
    >>> names_at(("playbook",), {})
    ['name', 'currency', 'time_zone']
    """
    return list(_at(playbook_schema(), path, raw).get("properties", {}))


def names_of_kind(kind: str, path: Path) -> list[str]:
    """Return the settings of a table within an action of one kind.

    Examples
    --------
    >>> names_of_kind("win_back", ("timing",))
    ['after', 'within', 'lapse', 'least_orders']
    """
    definition = playbook_schema()["$defs"][ACTION_TABLES[kind].__name__]
    return list(_at(definition, path, {}).get("properties", {}))


def describe(path: Path, raw: object) -> str:
    """Return what a setting is, in words; empty where nothing is said.

    Examples
    --------
    >>> describe(("playbook", "name"), {})
    'What people call it.'
    """
    *table, name = path
    wanted = _at(playbook_schema(), tuple(table), raw).get("properties", {}).get(name, {})
    return str(wanted.get("description", ""))


def _at(schema: Schema, path: Path, raw: object) -> Schema:
    for part in path:
        raw = _part_of(raw, part)
        schema = _resolved(_inner(schema, part), raw)
    return schema


def _inner(schema: Schema, part: str | int) -> Schema:
    inner: Schema | None = (
        schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
    )
    by_pattern: list[Schema] = [*schema.get("patternProperties", {}).values(), {}]
    return by_pattern[0] if inner is None else inner


def _resolved(schema: Schema, raw: object) -> Schema:
    """Follow a reference, or the kind that is written."""
    mapping = schema.get("discriminator", {}).get("mapping", {})
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    target = mapping.get(kind) if isinstance(kind, str) else schema.get("$ref")
    if not isinstance(target, str):
        return schema
    definition: Schema = playbook_schema()["$defs"][target.rpartition("/")[2]]
    return definition


def _part_of(raw: object, part: str | int) -> object:
    if isinstance(raw, Mapping):
        return raw.get(part)
    return raw[part] if isinstance(raw, list) and isinstance(part, int) and part < len(raw) else None
