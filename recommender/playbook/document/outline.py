"""What may stand where: the published schema, asked by path."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from recommender.playbook.document.positions import Path

Schema: TypeAlias = Mapping[str, Any]
"""JSON Schema: what it holds differs by keyword."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A schema with its definitions."""

    root: Schema

    @classmethod
    @functools.cache
    def of_file(cls) -> "Outline":
        """Return the outline of a playbook."""
        from recommender.playbook.document.root import PlaybookFile

        return cls(PlaybookFile.model_json_schema())

    @classmethod
    @functools.cache
    def of_action(cls, kind: str) -> "Outline":
        """Return the outline of one kind of action."""
        from recommender.playbook.document.actions import ACTION_TABLES

        return cls(ACTION_TABLES[kind].model_json_schema())

    def names(self, path: Path, raw: object) -> list[str]:
        """Return the settings of the table at a path; none where there is no table.

        Parameters
        ----------
        raw
            The file's values: of what differs by ``kind``, the one written there counts.
        """
        return list(self._at(path, raw).get("properties", {}))

    def describe(self, path: Path, raw: object) -> str:
        """Return what a setting is, in words; empty where nothing is said."""
        *table, name = path
        wanted = self._at(tuple(table), raw).get("properties", {}).get(name, {})
        return str(wanted.get("description", "")).partition(".")[0]

    def _at(self, path: Path, raw: object) -> Schema:
        schema = self._resolved(self.root, raw)
        for part in path:
            raw = _part_of(raw, part)
            inner = schema.get("properties", {}).get(part)
            if inner is None:
                inner = schema.get("items") if isinstance(part, int) else schema.get("additionalProperties")
            schema = self._resolved(inner if isinstance(inner, Mapping) else {}, raw)
        return schema

    def _resolved(self, schema: Schema, raw: object) -> Schema:
        """Follow references, the kind that is written, and the table of what may be left out."""
        choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        if len(choices) == 1:
            schema = choices[0]
        mapping = schema.get("discriminator", {}).get("mapping", {})
        kind = raw.get("kind") if isinstance(raw, Mapping) else None
        target = mapping.get(kind) if isinstance(kind, str) else schema.get("$ref")
        if not isinstance(target, str):
            return schema
        definition: Schema = self.root.get("$defs", {}).get(target.rpartition("/")[2], {})
        return definition


def _part_of(raw: object, part: str | int) -> object:
    if isinstance(raw, Mapping):
        return raw.get(part)
    return raw[part] if isinstance(raw, list) and isinstance(part, int) and part < len(raw) else None
