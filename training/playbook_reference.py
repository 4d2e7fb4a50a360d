"""What is generated about playbooks: the JSON Schema's file, and the tables of ``docs/playbook.md``."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from recommender.playbook.conditions.vocabulary import FACTS, FUNCTIONS, SHORT_FORMS
from recommender.playbook.document.actions import ACTION_TABLES
from recommender.playbook.document.schema import playbook_schema
from recommender.playbook.kinds import ActionKind
from recommender.playbook.placeholders import placeholders_of

BEGIN: Final = "<!-- generated: {} -->"
END: Final = "<!-- end -->"


def schema_text() -> str:
    """Return the schema as ``docs/playbook.schema.json`` holds it."""
    return json.dumps(playbook_schema(), indent=1, ensure_ascii=False) + "\n"


def generated_parts() -> dict[str, str]:
    """Return every generated part of ``docs/playbook.md`` by its name."""
    definitions = playbook_schema()["$defs"]
    named = {
        "channels": "ChannelTable",
        "contact_policy": "ContactPolicyTable",
        "caps": "CapTable",
        "quiet_hours": "QuietHoursTable",
        "service_plans": "ServicePlanTable",
        "ownership": "OwnershipTable",
        "items": "ItemsTable",
        "cooldown": "CooldownTable",
        "goodwill": "GoodwillTable",
        "playbook": "HeadingTable",
    }
    tables = {name: _settings(definitions[definition]) for name, definition in named.items()}
    return {**tables, "actions": _common(definitions), "kinds": _kinds(definitions), "facts": _facts()}


def with_generated_parts(page: str) -> str:
    r"""Return a page with its generated parts as they are now.

    Examples
    --------
    >>> page = "a\n<!-- generated: caps -->\nold\n<!-- end -->\nb"
    >>> "| setting |" in with_generated_parts(page)
    True
    """
    for name, text in generated_parts().items():
        begin = BEGIN.format(name)
        head, found, rest = page.partition(begin)
        if found:
            _, _, tail = rest.partition(END)
            page = f"{head}{begin}\n{text}{END}{tail}"
    return page


def _settings(definition: dict[str, Any], names: list[str] | None = None) -> str:
    required, settings = set(definition.get("required", ())), definition["properties"]
    rows = (
        (
            f"`{name}`",
            "required" if name in required else _default(settings[name]),
            settings[name].get("description", ""),
        )
        for name in (settings if names is None else names)
    )
    return _markdown(("setting", "default", "what it says"), rows)


def _default(part: dict[str, Any]) -> str:
    default = part.get("default")
    if default is None:
        return ""
    return f"`{default:g}`" if isinstance(default, float) else f"`{json.dumps(default)}`"


def _shared(definitions: dict[str, Any]) -> set[str]:
    return set.intersection(
        *(set(definitions[table.__name__]["properties"]) for table in ACTION_TABLES.values())
    )


def _common(definitions: dict[str, Any]) -> str:
    example, shared = definitions["ServiceReminder"], _shared(definitions)
    names = ["id", "kind", *(name for name in example["properties"] if name not in {"id", "kind"})]
    return _settings(example, [name for name in names if name in shared])


def _kinds(definitions: dict[str, Any]) -> str:
    shared = set.intersection(
        *(set(definitions[table.__name__]["properties"]) for table in ACTION_TABLES.values())
    )
    rows = []
    for kind, table in ACTION_TABLES.items():
        definition = definitions[table.__name__]
        own = [name for name in definition["properties"] if name not in shared and name != "timing"]
        names = [*(_named(name, definition) for name in own), *_timing(definitions, definition)]
        words = ", ".join(f"`{{{word}}}`" for word in sorted(placeholders_of(ActionKind(kind))))
        rows.append((f"`{kind}`", str(definition["description"]), ", ".join(names), words))
    return _markdown(("kind", "what it is", "settings of its own", "placeholders of its text"), iter(rows))


def _timing(definitions: dict[str, Any], definition: dict[str, Any]) -> Iterator[str]:
    timing = definition["properties"].get("timing")
    if timing is not None:
        table = definitions[timing["$ref"].rpartition("/")[2]]
        yield from (_named(name, table, "timing.") for name in table["properties"])


def _named(name: str, table: dict[str, Any], prefix: str = "") -> str:
    """Return a setting with what it is where it is left out, as far as one value says that."""
    told = "required" if name in table.get("required", ()) else _default(table["properties"][name])
    return f"`{prefix}{name}`" + (f" ({told})" if told else "")


def _facts() -> str:
    rows = [
        (f"`{fact.form}`", fact.type.value, fact.doc + (" Only about an item." if fact.is_about_item else ""))
        for fact in FACTS.values()
    ]
    rows += [(f"`{one.name}(TIME)`", "a number", one.doc) for one in FUNCTIONS.values()]
    rows += [
        (f"`{short}`", FACTS[full].type.value, f"Short for `{full}`.") for short, full in SHORT_FORMS.items()
    ]
    return _markdown(("fact", "is", "says"), iter(rows))


def _markdown(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _rewrite(page: Path) -> None:
    page.write_text(with_generated_parts(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    _rewrite(Path(sys.argv[1]))
