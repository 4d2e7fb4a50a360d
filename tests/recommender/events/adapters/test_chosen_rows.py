"""Of a log of views, carts and purchases only the purchases are orders: ``--where`` chooses them, and knows what is there."""

from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters.chosen_rows import parse_where

Load: TypeAlias = Any  # the fixture of conftest.py

HEAD = "customer_id,item_id,occurred_at,event_type,shop\n"
ROWS = [
    "ann,mug,2024-01-01,view,north",
    "ann,mug,2024-01-02,purchase,north",
    "ann,pot,2024-01-02,view,north",
    "bob,pot,2024-01-03, purchase ,south",
    "bob,mug,2024-01-04,cart,south",
    "eve,mug,2024-01-05,,south",
    "eve,cup,not a day,purchase,south",
]
TEXT = HEAD + "\n".join(ROWS)


def bought(source: Any) -> list[tuple[str, str]]:
    events = [event for event, _ in source.events()]
    return sorted((event.customer_id, line.item_id) for event in events for line in event.lines)


def test_only_the_chosen_rows_are_orders_and_the_others_are_counted(load: Load) -> None:
    source = load(TEXT, where=parse_where(["event_type=purchase"]))
    assert bought(source) == [("ann", "mug"), ("bob", "pot")]
    assert source.skipped == {"event_type is not purchase": 4}
    assert (source.counts.rows, source.rejected["line"].to_list()) == (3, ["8"])
    assert len(bought(load(TEXT))) == 6


def test_of_one_column_any_value_will_do_and_of_several_columns_all(load: Load) -> None:
    either = load(TEXT, where=parse_where(["event_type=purchase", "event_type=cart"]))
    assert bought(either) == [("ann", "mug"), ("bob", "mug"), ("bob", "pot")]
    both = load(TEXT, where=parse_where(["event_type=purchase", "shop=south"]))
    assert bought(both) == [("bob", "pot")]
    assert both.skipped == {"event_type is not purchase": 4, "shop is not south": 1}


def test_a_value_that_does_not_occur_is_answered_with_those_that_do(load: Load) -> None:
    with pytest.raises(InvalidSourceError) as refused:
        load(TEXT, where=parse_where(["event_type=Purchase"]))
    assert refused.value.expected == "one of 'purchase', 'view', 'cart'"
    assert (refused.value.found, refused.value.remedy) == ("Purchase", "did you mean purchase?")
    with pytest.raises(InvalidSourceError, match=r"'shop'.*did you mean shop"):
        load(TEXT, where=parse_where(["shops=south"]))


def test_conditions_that_leave_nothing_are_refused(load: Load) -> None:
    with pytest.raises(InvalidSourceError, match="no row is left"):
        load(TEXT, where=parse_where(["event_type=cart", "shop=north"]))


@pytest.mark.parametrize("text", ["", "purchase", "=purchase", "event_type="])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(InvalidSourceError, match="event_type=purchase"):
        parse_where([text])


def test_columns_with_types_of_their_own_are_compared_as_they_are_written(load: Load, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"item_id": ["a", "b"], "customer_id": ["x", "x"], "kind": [1, 2], "paid": [True, False]}
    )
    dated = frame.with_columns(pl.date(2024, 1, 1).alias("occurred_at"))
    dated.write_parquet(tmp_path / "made.parquet")
    content = (tmp_path / "made.parquet").read_bytes()
    for condition, item in (("kind=2", "b"), ("paid=true", "a")):
        assert bought(load(content, "log.parquet", where=parse_where([condition]))) == [("x", item)]


def test_a_file_of_events_that_say_what_they_are_takes_no_condition(load: Load) -> None:
    event = '{"type":"view","source":"s","event_id":"1","occurred_at":"2024-01-01T00:00:00Z","item_id":"mug"}'
    with pytest.raises(InvalidSourceError, match="leave --where out"):
        load(event, "events.jsonl", where=parse_where(["type=view"]))
