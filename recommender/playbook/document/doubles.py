"""What a file may say only once: an id in a list of tables, and the rule of one ownership scope."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from pydantic_core import PydanticCustomError

from recommender.errors import PlaybookProblem
from recommender.playbook.document.positions import Path, Positions
from recommender.playbook.document.problems import label, value_at
from recommender.playbook.document.scalars import read_category
from recommender.value_rules import shown


def doubles(raw: Mapping[str, object], places: Positions) -> Iterator[PlaybookProblem]:
    r"""Yield every action and plan whose id an earlier one has, and every ownership rule whose scope has one.

    Examples
    --------
    >>> from recommender.playbook.document.positions import positions_of
    >>> source = b'ownership = [\n { category = "A/B" },\n { category = ["A", "B"] },\n]'
    >>> [str(problem) for problem in doubles({"ownership": [{"category": "A/B"}, {"category": ["A", "B"]}]}, positions_of(source))]
    ["ownership[2].category: the scope is taken: found ['A', 'B'], also in line 2; a scope has one rule: leave one of them out"]
    """
    for table in ("actions", "service_plans"):
        yield from _twice(_Named("id", _OTHER_ID, _ids(table, raw)), raw, places)
    yield from _twice(_Named("scope", _ONE_RULE, _scopes(raw)), raw, places)


_OTHER_ID: Final = "ids tell actions apart in receipts and events: choose another"
_ONE_RULE: Final = "a scope has one rule: leave one of them out"


class _Named(NamedTuple):
    """Settings that must differ: what they are called, what to do about two that are alike, where and what they are."""

    what: str
    remedy: str
    settings: Iterator[tuple[Path, object]]


def _twice(named: _Named, raw: Mapping[str, object], places: Positions) -> Iterator[PlaybookProblem]:
    seen: dict[object, int] = {}
    for path, value in named.settings:
        place, where = places.of(path), label(path, raw)
        if value in seen:
            found = f"{shown(value_at(path, raw))}, also in line {seen[value]}"
            message = f"the {named.what} is taken"
            yield PlaybookProblem(place.line, place.column, where, message, found=found, remedy=named.remedy)
        seen.setdefault(value, place.line)


def _ids(table: str, raw: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    for position, row in _rows(raw.get(table)):
        if isinstance(row.get("id"), str):
            yield (table, position, "id"), row["id"]


def _scopes(raw: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    for position, row in _rows(raw.get("ownership")):
        scope = _scope(row)
        if scope is not None:
            yield ("ownership", position, scope[0]), scope


def _scope(row: Mapping[str, object]) -> tuple[str, object] | None:
    """Return the setting that names the scope, with what it means; None where there is not exactly one that is sound."""
    category, group = row.get("category"), row.get("item_group_id")
    if (category is None) == (group is None):
        return None
    if category is None:
        return ("item_group_id", group) if isinstance(group, str) else None
    try:
        return "category", read_category(category)
    except PydanticCustomError:
        return None


def _rows(rows: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    for position, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, Mapping):
            yield position, row
