"""Names that a playbook declares, gathered before anything is checked, so that every reference is checked in one pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationInfo

from recommender.playbook.conditions.problems import nearest
from recommender.playbook.document.rules import broken_rule
from recommender.value_rules import shown

_HOW: Final = {
    "lever": "declare it: [levers] {name} = 1.5",
    "channel": "declare it: [channels.{name}]",
    "outbound channel": 'contact rules bind outbound channels: declare [channels.{name}] with direction = "outbound"',
    "service plan": 'declare it: [[service_plans]] id = "{name}"',
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What may be referred to, whether or not its declaration is sound."""

    names: Mapping[str, frozenset[str]]
    zone: ZoneInfo

    @classmethod
    def of(cls, raw: Mapping[str, object]) -> "Declared":
        """Gather the names of a file.

        Examples
        --------
        >>> sorted(Declared.of({"levers": {"xmas": 2}}).names["lever"])
        ['xmas']
        """
        channels = _keys(raw.get("channels"))
        return cls(
            {
                "lever": _keys(raw.get("levers")),
                "channel": channels,
                "outbound channel": channels - _inbound(raw.get("channels")),
                "service plan": _ids(raw.get("service_plans")),
            },
            _zone(raw.get("playbook")),
        )


def check_reference(name: str, info: ValidationInfo, what: str) -> str:
    """Return a name that is declared.

    Raises
    ------
    PydanticCustomError
        It is not; with the nearest one that is.
    """
    declared = info.context
    if not isinstance(declared, Declared) or name in declared.names[what]:
        return name
    known = sorted(declared.names[what])
    closest = nearest(name, known)
    remedy = f"did you mean {closest}?" if closest else _HOW[what].format(name=name)
    if what == "outbound channel" and name in declared.names["channel"]:
        remedy = "it is inbound: contact rules bind outbound channels"
    raise broken_rule(f"there is no such {what}", expected=_listed(known), found=shown(name), remedy=remedy)


def _zone(heading: object) -> ZoneInfo:
    named = heading.get("time_zone") if isinstance(heading, Mapping) else None
    return ZoneInfo(named if isinstance(named, str) and named in available_timezones() else "UTC")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else ""


def _keys(table: object) -> frozenset[str]:
    return frozenset(map(str, table)) if isinstance(table, Mapping) else frozenset()


def _inbound(channels: object) -> frozenset[str]:
    """Return the channels that say so: of one whose direction is a mistake nobody knows."""
    tables = channels.items() if isinstance(channels, Mapping) else ()
    return frozenset(
        str(name)
        for name, table in tables
        if isinstance(table, Mapping) and table.get("direction") == "inbound"
    )


def _ids(tables: object) -> frozenset[str]:
    rows = tables if isinstance(tables, list) else [tables]
    return frozenset(str(row["id"]) for row in rows if isinstance(row, Mapping) and "id" in row)
