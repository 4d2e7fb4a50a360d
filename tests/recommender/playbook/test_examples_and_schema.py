"""The playbooks that ship, the schema that is published, and that both agree with the reader."""

import copy
import functools
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import NotFoundError, PlaybookError
from recommender.playbook.document.actions import ACTION_TABLES
from recommender.playbook.document.schema import playbook_schema
from recommender.playbook.examples import EXAMPLES, example_text
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import ItemSelector
from recommender.playbook.reading import read_playbook

DOCS = Path(__file__).parents[3] / "docs"


@functools.cache
def validator() -> Any:
    return jsonschema_rs.validator_for(playbook_schema())


def as_json(value: object) -> object:
    match value:
        case dict():
            return {name: as_json(part) for name, part in value.items()}
        case list():
            return [as_json(part) for part in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def settings_of(value: object, path: str = "") -> Iterator[str]:
    """Yield every setting that is written, actions by their kind."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            under = f"{path}.{one['kind']}" if path == ".actions" else path
            for name, part in one.items():
                yield f"{under}.{name}"
                yield from settings_of(part, f"{under}.{name}")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read_as_it_is_and_its_schema_agrees(name: str) -> None:
    raw = tomllib.loads(example_text(name))
    assert [error.message for error in validator().iter_errors(as_json(raw))] == []
    playbook = read_playbook(example_text(name))
    assert len(playbook.actions) == len(raw["actions"]) > 10
    assert {action.lever for action in playbook.actions} - {None} <= set(playbook.levers)


def test_between_them_the_examples_use_every_kind_and_every_setting() -> None:
    used = {one for name in EXAMPLES for one in settings_of(tomllib.loads(example_text(name)))}
    definitions = playbook_schema()["$defs"]
    for kind, table in ACTION_TABLES.items():
        assert f".actions.{kind}.id" in used, kind
        own = set(definitions[table.__name__]["properties"]) - set(definitions["ThankYou"]["properties"])
        assert {name for name in own if f".actions.{kind}.{name}" not in used} == set()
    anywhere = {one.rpartition(".")[2] for one in used}
    for definition in definitions.values():
        assert set(definition["properties"]) - anywhere == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_an_example_calls_used_up_an_action_of_it_offers_again(name: str) -> None:
    playbook = read_playbook(example_text(name))
    again = [one.items for one in playbook.actions if one.kind is ActionKind.BUY_AGAIN]
    used_up = [rule.category for rule in playbook.ownership if rule.kind == "consumable"]
    assert used_up
    for category in used_up:
        assert any(items == ItemSelector() or category in items.categories for items in again), category


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_an_example_asks_of_a_survey_one_of_its_actions_asks_the_customer(name: str) -> None:
    kinds = {one.kind for one in read_playbook(example_text(name)).actions}
    assert "surveys.last_score" not in example_text(name) or ActionKind.SURVEY in kinds


def test_an_unknown_example_is_told_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="did you mean jeweller"):
        example_text("jeweler")


def set_in(raw: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return a copy with one setting changed; None takes it out."""
    changed = copy.deepcopy(raw)
    *tables, last = path
    inner: Any = changed
    for part in tables:
        inner = inner[part]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("playbook/name", None),
        ("playbook/currency", "eur"),
        ("playbook/colour", "red"),
        ("channels/email/direction", "sideways"),
        ("channels/a b", {"direction": "inbound"}),
        ("contact_policy/least_spacing", "2 months"),
        ("contact_policy/needs_consent", "yes"),
        ("contact_policy/caps/0/per", "soon"),
        ("contact_policy/caps/0/per", "0 days"),
        ("contact_policy/reservation", "PT0H"),
        ("contact_policy/caps/0/contacts", -1),
        ("contact_policy/caps/0/contacts", 201),
        ("contact_policy/quiet_hours/0/from", "25:00"),
        ("contact_policy/quiet_hours/0/weekdays", []),
        ("levers/christmas", -1),
        ("service_plans/0/items", {}),
        ("service_plans/0/items", {"item_ids": []}),
        ("service_plans/0/items", {"item_ids": [], "categories": []}),
        ("service_plans/0/items", {"categories": ["A//B"]}),
        ("service_plans/0/items", {"categories": [" / A"]}),
        ("service_plans/0/items", {"categories": ["A/"]}),
        ("service_plans/0/items", {"categories": ["/".join("A" * 21)]}),
        ("service_plans/0/first_after", "0 months"),
        ("service_plans/0/every", "P0Y"),
        ("service_plans/0/until", "0 weeks 0 days"),
        ("service_plans/0/every", "half a year"),
        ("service_plans/0/satisfied_by", []),
        ("service_plans/0/anchor", "visits"),
        ("actions/0/kind", "service"),
        ("actions/0/kind", None),
        ("actions/0/lead", "3 days"),
        ("actions/2/value", 0),
        ("actions/2/value", None),
        ("actions/2/timing/lapse", 2.0),
        ("actions/2/survey_id", "x"),
        ("actions/2/prior", 1),
        ("actions/2/audience", ""),
        ("actions/2/cooldown/sent", 3),
        ("actions/4/goodwill/total", None),
        ("actions/4/goodwill/per", "0 days"),
        ("actions/2/expiry", "0 days"),
        ("actions/2/timing/within", "P0D"),
        ("actions/8/until", "tomorrow"),
        ("actions/8/until", "9999-12-31"),
        ("actions/8/from", "1969-12-31T23:00:00Z"),
        ("actions/10/expiry", "3 days"),
        ("ownership/0/item_group_id", "both"),
        ("ownership/1/cool_down", None),
        ("ownership/0/cool_down", "3 days"),
        ("ownership/1/cool_down", "0 days"),
        ("ownership/0/category", "Rings//Gold"),
        ("ownership/0", {"kind": "own_once", "item_group_id": " g"}),
        ("service_plans/0/satisfied_by", ["x "]),
        ("service_plans/0/items", {"item_ids": [" x"]}),
        ("service_plans/0/items", {"item_group_ids": [" "]}),
        ("actions/2/topic", " "),
        ("exploration/epsilon", 0.9),
        ("diversity/most_per_category", 0),
        ("actoins", []),
    ],
)
def test_what_the_reader_refuses_by_its_form_the_schema_refuses_too(path: str, value: object) -> None:
    parts = tuple(int(part) if part.isdigit() else part for part in path.split("/"))
    wrong = set_in(RAW["jeweller"], parts, value)
    with pytest.raises(PlaybookError):
        read_playbook(tomli_w.dumps(wrong))
    assert not validator().is_valid(as_json(wrong))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("contact_policy/caps/0/per", "10 hours"),
        ("contact_policy/reservation", "0 days 1 minute"),
        ("service_plans/0/items", {"item_ids": [], "categories": [" Rings / Gold ", ["A/B", " "], "*"]}),
        ("service_plans/0/items", {"attribute": {"name": "a", "value": "b"}}),
        ("service_plans/0/satisfied_by", ["x", "to and fro"]),
        ("service_plans/0/every", "P0Y10M"),
        ("service_plans/0/every", "10 years"),
        ("ownership/1/cool_down", "48 hours"),
    ],
)
def test_what_the_reader_accepts_the_schema_accepts_too(path: str, value: object) -> None:
    parts = tuple(int(part) if part.isdigit() else part for part in path.split("/"))
    changed = set_in(RAW["jeweller"], parts, value)
    read_playbook(tomli_w.dumps(changed))
    assert [error.message for error in validator().iter_errors(as_json(changed))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("actions/2/cooldown/sent", "401 days"),
        ("actions/2/cooldown/accepted", "36501 days"),
        ("contact_policy/caps/0/contacts", 2.0),
        ("ownership/1/cool_down", "36 hours"),
        ("actions/8/until", "2026-02-30"),
        ("playbook/time_zone", "Europe/Berln"),
    ],
)
def test_of_what_is_no_shape_the_reader_has_the_last_word(path: str, value: object) -> None:
    parts = tuple(int(part) if part.isdigit() else part for part in path.split("/"))
    wrong = set_in(RAW["jeweller"], parts, value)
    with pytest.raises(PlaybookError):
        read_playbook(tomli_w.dumps(wrong))
    assert validator().is_valid(as_json(wrong)), "else docs/playbook.md says too little of the schema"


RAW = {name: tomllib.loads(example_text(name)) for name in EXAMPLES}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2, 1_000_000_000_000]),
    st.sampled_from([-0.5, 0.0, 0.5, 1.0, 1e12, float("nan"), float("inf")]),
    st.sampled_from(
        [
            "",
            "x",
            "email",
            "3 days",
            "2 months",
            "P1Y",
            "08:00",
            "*",
            "Rings/Gold",
            "EUR",
            "hour > 3",
            "2026-03-01",
        ]
    ),
    st.text(max_size=8),
    st.sampled_from(
        [
            date(2026, 3, 1),
            datetime.fromisoformat("2026-03-01T08:00"),
            datetime(2026, 3, 1, tzinfo=UTC),
            time(8),
        ]
    ),
    st.sampled_from(
        list[object]([[], ["email"], [3], [["a/b"]], {}, {"kind": "survey"}, [{}], {"sent": "3 days"}])
    ),
)


def paths_of(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths_of(part, (*path, name))
    if isinstance(value, list):
        for position, part in enumerate(value):
            yield from paths_of(part, (*path, position))


PLACES = [(name, path) for name, raw in RAW.items() for path in paths_of(raw)]


@settings(max_examples=50)
@given(st.sampled_from(PLACES), ODD)
def test_whatever_a_setting_becomes_the_reader_refuses_it_or_the_schema_accepts_it(
    place: tuple[str, tuple[str | int, ...]], value: object
) -> None:
    name, path = place
    changed = set_in(RAW[name], path, value)
    text = tomli_w.dumps(changed)
    try:
        read_playbook(text)
    except PlaybookError as error:
        lines = text.count("\n") + 1
        assert [one for one in error.problems if not (1 <= one.line <= lines and one.where)] == []  # noqa: PT017
    else:
        assert [one.message for one in validator().iter_errors(as_json(changed))] == []


def test_a_form_that_tomli_w_wrote_is_read_alike() -> None:
    raw = tomllib.loads(example_text("garage"))
    written, read = read_playbook(tomli_w.dumps(raw)), read_playbook(example_text("garage"))
    assert written.actions == read.actions
    assert (written.plans, written.policy, written.ownership) == (read.plans, read.policy, read.ownership)
