import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters import EventSource, SourceOptions, open_source
from recommender.events.validation import MOST_LINES
from recommender.events.vocabulary import AnyEvent, Purchase, Return

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "customer_id,item_id,occurred_at,quantity,unit_price,order_id\n"
ROWS = [
    "ann,mug,2024-01-01 10:00,1,2.50,o1",
    "ann,mug,2024-01-01 10:00,1,2.50,o1",
    "ann,cup,2024-01-01 10:01,2,1,o1",
    "bob,mug,2024-01-02 10:00,1,2.5,o2",
    ",mug,2024-01-03 10:00,1,2.5,o3",
    "ann,mug,2024-01-05 10:00,-1,2.5,o1",
]

Load: TypeAlias = Any  # the fixture of conftest.py


def events_of(source: EventSource) -> list[AnyEvent]:
    return [event for event, _ in source.events()]


def identities(source: EventSource) -> list[str]:
    return [event.event_id for event in events_of(source)]


def test_lines_of_one_order_number_are_one_event_and_equal_lines_survive(load: Load) -> None:
    first = events_of(load(HEAD + "\n".join(ROWS)))[0]
    assert isinstance(first, Purchase)
    assert (first.source, first.event_id, first.order_id, first.customer_id) == (
        "import",
        "o1/ann",
        "o1",
        "ann",
    )
    assert [line.item_id for line in first.lines] == ["cup", "mug", "mug"]
    assert first.occurred_at == datetime(2024, 1, 1, 10, tzinfo=UTC)


def test_a_negative_quantity_is_a_return_that_names_its_order(load: Load) -> None:
    last = events_of(load(HEAD + "\n".join(ROWS)))[-1]
    assert isinstance(last, Return)
    assert (last.event_id, last.lines[0].quantity, last.lines[0].order_id) == ("return/o1/ann", 1.0, "o1")


def test_a_missing_customer_is_a_guest(load: Load) -> None:
    source = load(HEAD + "\n".join(ROWS))
    assert source.counts.guest_orders == 1
    assert source.counts.customers == 2
    assert next(event for event in events_of(source) if event.customer_id is None).event_id == "o3/"


def test_neither_path_nor_order_of_rows_nor_format_changes_an_event(load: Load, tmp_path: Path) -> None:
    expected = events_of(load(HEAD + "\n".join(ROWS)))
    shuffled = ROWS.copy()
    random.Random(7).shuffle(shuffled)
    assert events_of(load(HEAD + "\n".join(shuffled), name="other.txt")) == expected
    frame = pl.read_csv((HEAD + "\n".join(ROWS)).encode(), try_parse_dates=True)
    frame.write_parquet(tmp_path / "same.parquet")
    frame.with_columns(pl.col("occurred_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_ndjson(
        tmp_path / "same.jsonl"
    )
    for name in ("same.parquet", "same.jsonl"):
        assert events_of(open_source(str(tmp_path / name), SourceOptions(), now=NOW)) == expected


def test_without_order_numbers_the_lines_of_one_customer_at_one_time_are_an_order(load: Load) -> None:
    source = load(
        "customer_id,item_id,occurred_at\nann,mug,2024-01-01 10:00\nann,cup,2024-01-01 10:00\nann,cup,2024-01-01 10:05\n"
    )
    assert identities(source) == ["ann@2024-01-01T10:00:00Z", "ann@2024-01-01T10:05:00Z"]
    assert source.counts.lines == 3


def test_days_without_times_make_one_order_per_customer_and_day(load: Load) -> None:
    source = load(
        "customer_id,item_id,occurred_at\nann,mug,2024-01-01\nann,cup,2024-01-01\nbob,cup,2024-01-01\n"
    )
    assert source.counts.events == 2


def test_lines_of_nobody_without_an_order_number_are_orders_of_their_own(load: Load) -> None:
    head = "customer_id,order_id,item_id,occurred_at\n"
    source = load(head + ",,mug,2024-01-01\n,,mug,2024-01-01\n,,cup,2024-01-01\n")
    assert source.counts.guest_orders == 3
    assert len(set(identities(source))) == 3


def test_a_return_without_an_order_number_names_none(load: Load) -> None:
    (event,) = events_of(load("customer_id,item_id,occurred_at,quantity\nann,mug,2024-01-01,-2\n"))
    assert isinstance(event, Return)
    assert event.lines[0].order_id is None


def test_the_file_s_own_event_ids_are_kept(load: Load) -> None:
    source = load("event_id,customer_id,item_id,occurred_at\ne1,ann,mug,2024-01-01\ne2,ann,mug,2024-01-01\n")
    assert identities(source) == ["e1", "e2"]


def test_identities_of_long_ids_stay_ids(load: Load) -> None:
    long = "x" * 256
    source = load(HEAD + f"{long},mug,2024-01-01,1,1,{long}\n{long},mug,2024-01-01,1,1,\n")
    assert all(len(identity) <= 256 for identity in identities(source))
    assert len(set(identities(source))) == 2


def test_an_order_of_too_many_lines_becomes_several_events(load: Load) -> None:
    rows = "".join(f"ann,i{index},2024-01-01,1,1,o1\n" for index in range(MOST_LINES + 1))
    source = load(HEAD + rows)
    assert [len(event.lines) for event in events_of(source) if isinstance(event, Purchase)] == [MOST_LINES, 1]
    assert identities(source) == ["o1/ann#1", "o1/ann#2"]


def test_an_order_number_that_spans_days_is_mentioned(load: Load) -> None:
    source = load(HEAD + "ann,mug,2024-01-01,1,1,7\nann,mug,2024-03-01,1,1,7\n")
    assert any("span more than a day" in note for note in source.notes)


def test_batches_hold_whole_events_and_all_of_them(load: Load) -> None:
    source = load(HEAD + "\n".join(ROWS))
    batches = list(source.batches(2))
    assert [batch.lines for batch in batches] == [3, 2, 1]
    assert [event for batch in batches for event in batch.events] == events_of(source)


def test_another_source_name_is_another_source_and_must_be_an_id(load: Load) -> None:
    assert {event.source for event in events_of(load(HEAD + ROWS[0], source_name="till"))} == {"till"}
    with pytest.raises(InvalidSourceError, match="source name"):
        load(HEAD + ROWS[0], source_name="\U0001f600")
