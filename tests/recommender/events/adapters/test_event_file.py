import json
from datetime import UTC, datetime
from typing import Any, TypeAlias, get_args

import msgspec
import pytest

from recommender.errors import InvalidSourceError
from recommender.events.codec import encode_event
from recommender.events.vocabulary import (
    AnyEvent,
    ConsentChange,
    Identify,
    Override,
    Profile,
    Purchase,
    Unlink,
)

Load: TypeAlias = Any  # the fixture of conftest.py

AT = "2024-05-01T12:00:00Z"
VALUES: dict[str, object] = {
    "lines": [{"item_id": "mug"}], "rank": 1, "starts_at": AT, "expires_at": AT, "outcome": "accepted", "status": "subscribed",
    "on": "2024-05-01", "kind": "hold_all",
}  # fmt: skip


def example(kind: type[msgspec.Struct]) -> dict[str, object]:
    """Return the smallest event of a type, as JSON would carry it."""
    needed = [field.name for field in msgspec.structs.fields(kind) if field.required]
    needed += ["customer_id"] if kind in (ConsentChange, Identify, Override, Profile, Unlink) else []
    row: dict[str, object] = {name: VALUES.get(name, f"a-{name}") for name in needed}
    return row | {
        "type": kind.__struct_config__.tag,
        "event_id": str(kind.__struct_config__.tag),
        "source": "shop",
        "occurred_at": AT,
    }


def test_every_type_of_event_loads_from_json_lines(load: Load) -> None:
    kinds = get_args(AnyEvent)
    rows = [example(kind) for kind in kinds]
    source = load("\n".join(map(json.dumps, rows)) + "\n", name="events.jsonl")
    assert source.rejected.rows() == []
    assert [type(event) for event, _ in source.events()] == list(kinds)
    assert source.source_name is None


def test_what_was_exported_loads_as_the_same_events(load: Load) -> None:
    event = msgspec.convert({**example(Purchase), "customer_id": "ann"}, Purchase)
    source = load(encode_event(event) + b"\n", name="events.jsonl")
    assert [event for event, _ in source.events()] == [event]
    assert (source.counts.first, source.counts.customers) == (datetime(2024, 5, 1, 12, tzinfo=UTC), 1)


def test_bad_lines_are_rejected_with_their_number_and_the_rest_is_kept(load: Load) -> None:
    good = json.dumps(example(Purchase))
    bad = [
        "nope",
        json.dumps(example(Purchase) | {"type": "dance"}),
        json.dumps(example(Purchase) | {"occurred_at": "2024-05-01T12:00:00"}),
        json.dumps(example(Purchase) | {"colour": "red"}),
        json.dumps(example(Purchase) | {"customer_id": "a\x00"}),
        '{"type": "purchase"',
        good.replace('"order_id"', '"order_id": "8", "order_id"'),
    ]
    source = load("\n".join([good, "", *bad, good]), name="events.jsonl")
    assert source.counts.events == 2
    assert source.rejected["line"].to_list() == ["3", "4", "5", "6", "7", "8", "9"]
    assert all(source.rejected["reason"].str.len_chars() > 0)


def test_events_name_their_own_source(load: Load) -> None:
    with pytest.raises(InvalidSourceError, match="--source-name"):
        load(json.dumps(example(Purchase)), name="events.jsonl", source_name="other")


@pytest.mark.parametrize("content", ["[1, 2]", "nope\n", "7\n"])
def test_json_that_is_no_json_lines_is_refused(load: Load, content: str) -> None:
    with pytest.raises(InvalidSourceError, match="JSON"):
        load(content, name="events.jsonl")


def test_json_lines_must_be_utf_8(load: Load) -> None:
    with pytest.raises(InvalidSourceError, match="UTF-8"):
        load(json.dumps(example(Purchase)).encode("utf-16"), name="events.jsonl")


def test_flat_rows_in_json_lines_are_order_lines(load: Load) -> None:
    source = load(
        '{"customer_id": 1, "item_id": "mug", "occurred_at": "2024-01-01T10:00:00+02:00"}\n',
        name="rows.jsonl",
    )
    assert (source.shape, source.counts.events) == ("orders", 1)
    assert source.counts.first == datetime(2024, 1, 1, 8, tzinfo=UTC)
