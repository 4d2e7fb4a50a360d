"""docs/events.md names every type and every field, and each of its examples is an event we accept."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from recommender.events import EVENT_TYPES, check_event, decode_event, encode_event
from recommender.events.vocabulary import Event, OrderLine, ReturnLine

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def rows(text: str) -> list[tuple[str, bool]]:
    """(field, whether required) for each row of the tables in a text."""
    found = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
    return [(name, "**required**" in notes) for name, notes in found]


def fields(kind: type[msgspec.Struct]) -> list[tuple[str, bool]]:
    return [(field.name, field.required) for field in msgspec.structs.fields(kind)]


def test_the_page_has_one_section_per_type() -> None:
    assert sorted(SECTIONS) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_example_is_accepted_and_shows_its_type(name: str) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL)
    event = check_event(decode_event(example), now=NOW)
    assert type(event) is EVENT_TYPES[name]
    assert decode_event(encode_event(event)) == event


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_table_has_every_field_of_the_type_and_says_which_are_required(name: str) -> None:
    lines = {"purchase": fields(OrderLine), "return": fields(ReturnLine)}.get(name, [])
    assert rows(SECTIONS[name]) == fields(EVENT_TYPES[name])[len(fields(Event)) :] + lines


def test_the_table_of_the_envelope_has_every_field_of_it() -> None:
    envelope = PAGE[PAGE.index("## The envelope") : PAGE.index("| form | what")]
    assert rows(envelope) == [("type", True), *fields(Event)]
