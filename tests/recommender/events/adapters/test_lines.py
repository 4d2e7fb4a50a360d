import csv
import io
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.errors import InvalidSourceError
from recommender.events.adapters import EventSource
from recommender.events.validation import check_event
from recommender.events.vocabulary import Purchase

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "customer_id,item_id,occurred_at,quantity,unit_price,order_id,currency,discount\n"
GOOD = "ann,mug,2024-01-01,1,2.50,o1,EUR,\n"

Load: TypeAlias = Any  # the fixture of conftest.py


def reject_of(load: Load, row: str) -> tuple[str, str, str]:
    source: EventSource = load(HEAD + GOOD + row + "\n")
    assert source.counts.lines == 1
    assert source.rejected["line"].to_list() == ["3"]
    column, value, reason = source.rejected.select("column", "value", "reason").row(0)
    return column, value, reason


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("ann,mug,2024-01-01,0,1,o,EUR,", "quantity", "is 0"),
        ("ann,mug,2024-01-01,1e9,1,o,EUR,", "quantity", "is above 1,000,000"),
        ("ann,mug,2024-01-01,-1e9,1,o,EUR,", "quantity", "is above 1,000,000"),
        ("ann,mug,2024-01-01,NaN,1,o,EUR,", "quantity", "is not a finite number"),
        ("ann,mug,2024-01-01,inf,1,o,EUR,", "quantity", "is not a finite number"),
        ("ann,mug,2024-01-01,two,1,o,EUR,", "quantity", "is not a number"),
        ("ann,mug,2024-01-01,,1,o,EUR,", "quantity", "is missing"),
        ("ann,mug,2024-01-01,1,NaN,o,EUR,", "unit_price", "is not a finite number"),
        ("ann,mug,2024-01-01,1,-1,o,EUR,", "unit_price", "is negative"),
        ("ann,mug,2024-01-01,1,£3,o,EUR,", "unit_price", "is not a number"),
        ("ann,mug,2024-01-01,1,1e10,o,EUR,", "unit_price", "is above 1,000,000,000"),
        ("ann,mug,2024-01-01,1,1,o,euro,", "currency", "is not three capital letters"),
        ("ann,mug,2024-01-01,1,1,o,EUR,-2", "discount", "is negative"),
        ("ann,mug,soon,1,1,o,EUR,", "occurred_at", "is not a date or time"),
        ("ann,mug,,1,1,o,EUR,", "occurred_at", "is missing"),
        ("ann,mug,1969-12-31,1,1,o,EUR,", "occurred_at", "is before 1970-01-02"),
        ("ann,mug,0001-01-01,1,1,o,EUR,", "occurred_at", "is before 1970-01-02"),
        ("ann,mug,2026-01-03,1,1,o,EUR,", "occurred_at", "is in the future"),
        ("ann,mug,9999-01-01,1,1,o,EUR,", "occurred_at", "is in the future"),
        ("ann,,2024-01-01,1,1,o,EUR,", "item_id", "is missing"),
        ("ann,m\x00g,2024-01-01,1,1,o,EUR,", "item_id", "has a control or invisible character, a symbol or an emoji"),
        ("ann,\U0001f600,2024-01-01,1,1,o,EUR,", "item_id", "has a control or invisible character, a symbol or an emoji"),
        ("a\u200bnn,mug,2024-01-01,1,1,o,EUR,", "customer_id", "has a control or invisible character, a symbol or an emoji"),
        ("x" * 10_000 + ",mug,2024-01-01,1,1,o,EUR,", "customer_id", "is longer than 256 characters"),
        ("ann,mug,2024-01-01,1,1," + "o" * 257 + ",EUR,", "order_id", "is longer than 256 characters"),
    ],
)  # fmt: skip
def test_a_bad_row_is_rejected_with_line_column_value_and_reason(
    load: Load, row: str, column: str, reason: str
) -> None:
    found_column, value, found_reason = reject_of(load, row)
    assert (found_column, found_reason) == (column, reason)
    assert len(value) <= 200


@pytest.mark.parametrize("nothing", ["null", "NaN", "N/A"])
def test_an_item_that_others_write_as_nothing_is_shown_as_it_stands(load: Load, nothing: str) -> None:
    found = reject_of(load, f"ann,{nothing},2024-01-01,1,1,o,EUR,")
    assert found == ("item_id", nothing, "is missing: that is how others write it")


def test_tomorrow_is_not_yet_the_future_for_a_shop_east_of_us(load: Load) -> None:
    assert load(HEAD + "ann,mug,2026-01-01 23:59,1,1,o,EUR,\n").counts.lines == 1


def test_the_column_of_a_reject_is_the_file_s_own_name(load: Load) -> None:
    source = load(
        "wer,was,wann,n\nann,mug,2024-01-01,0\n",
        columns={"customer_id": "wer", "item_id": "was", "occurred_at": "wann", "quantity": "n"},
    )
    assert source.rejected.row(0) == ("2", "n", "0", "is 0")
    assert source.bad_share == 1.0


def test_without_a_quantity_column_every_line_is_one_piece(load: Load) -> None:
    source = load("customer_id,item_id,occurred_at\nann,mug,2024-01-01\n")
    (event,) = [event for event, _ in source.events()]
    assert isinstance(event, Purchase)
    assert event.lines[0].quantity == 1.0
    assert event.lines[0].unit_price is None


def test_blanks_around_values_and_words_for_nothing_do_not_count(load: Load) -> None:
    source = load(
        "customer_id,item_id,occurred_at,quantity\n nan , mug , 2024-01-01 , 2 \nNULL,mug,2024-01-02,1\n"
    )
    events = [event for event, _ in source.events()]
    assert [event.customer_id for event in events] == [None, None]
    assert source.counts.guest_orders == 2


def test_a_decimal_comma_is_read_where_columns_are_separated_by_semicolons(load: Load) -> None:
    source = load("customer_id;item_id;occurred_at;quantity;unit_price\nann;mug;2024-01-01;1,5;2,50\n")
    ((event, lines),) = list(source.events())
    assert isinstance(event, Purchase)
    assert (event.lines[0].quantity, str(event.lines[0].unit_price), lines) == (1.5, "2.5", 1)


@pytest.mark.parametrize(
    ("head", "missing"),
    [
        ("a,b,c", "item_id"),
        ("customer_id,item_id,c", "occurred_at"),
        ("b,item_id,occurred_at", "customer_id"),
        ("customer.item.date", "customer_id"),
    ],
)
def test_unknown_columns_are_listed_with_what_to_type(load: Load, head: str, missing: str) -> None:
    with pytest.raises(InvalidSourceError, match=rf"{missing}.*--columns"):
        load(f"{head}\n1,2,3\n")


def test_a_mapping_to_a_column_that_does_not_exist_is_refused(load: Load) -> None:
    with pytest.raises(InvalidSourceError, match="no such column"):
        load("a,b\n1,2\n", columns={"item_id": "sku"})


cells = st.one_of(
    st.sampled_from(
        [
            "ann",
            "",
            "1",
            "0",
            "-3",
            "2.5",
            "nan",
            "inf",
            "1e7",
            "2024-01-01",
            "2024-03-31T01:30",
            "EUR",
            "1969-01-01",
        ]
    ),
    st.text(max_size=6),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cells, min_size=8, max_size=8), max_size=6))
def test_every_event_that_comes_out_of_any_file_passes_the_checks_of_the_api(
    load: Load, rows: list[list[str]]
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    body = text.getvalue().encode("utf-8", errors="replace").decode()
    source = load(HEAD + GOOD + body, time_zone="Europe/London", date_order="dmy")
    events = [check_event(event, now=NOW) for event, _ in source.events()]
    assert len(events) == source.counts.events >= 1
    assert source.counts.lines + source.rejected.height == source.counts.rows
