"""Purchase rows of a notebook, read as order lines."""

import numpy as np
import pandas as pd
import pytest

from recommender.customers import fold_columns
from recommender.errors import InvalidInputError
from training.frames import FrameLines, empty_answer, lines_of_frame

KNOWN = {"tea": 4, "cup": 2}


def frame(**columns: object) -> pd.DataFrame:
    rows = {
        "customer_id": ["ada", "ada", "bob"],
        "item_id": ["tea", "cup", "tea"],
        "occurred_at": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03"]),
        "quantity": [1, 2, 3],
    }
    return pd.DataFrame(rows | columns)


def owned(read: FrameLines, customer: int) -> dict[int, float]:
    state = fold_columns(read.lines, read.customers, np.zeros(len(read.customers), np.int64)).state(customer)
    return dict(zip(state.items.number.tolist(), state.items.owned.tolist(), strict=True))


def test_rows_become_lines_of_customers_in_order_of_appearance() -> None:
    read = lines_of_frame(frame(), KNOWN)
    assert read.customers == ("ada", "bob")
    assert read.lines.customer.tolist() == [0, 0, 1]
    assert read.lines.number.tolist() == [4, 2, 4]
    assert read.lines.rank.tolist() == [1, 0, 2]
    assert read.newest_s == pd.Timestamp("2024-01-03", tz="UTC").timestamp()


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03"], utc=True),
        ["2024-01-02T00:00:00Z", "2024-01-01", "2024-01-03T01:00:00+01:00"],
        pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03"]).astype("datetime64[s]"),
        pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03"]).to_pydatetime().tolist(),
    ],
)
def test_times_come_in_every_form_and_are_utc_when_they_do_not_say(times: object) -> None:
    expected = lines_of_frame(frame(), KNOWN).lines.at_us.tolist()
    assert lines_of_frame(frame(occurred_at=times), KNOWN).lines.at_us.tolist() == expected


def test_ids_may_be_whole_numbers_and_floats_of_a_column_with_gaps() -> None:
    assert lines_of_frame(frame(customer_id=[7, 7, 8]), KNOWN).customers == ("7", "8")
    assert lines_of_frame(frame(customer_id=[7.0, 7.0, 8.0]), KNOWN).customers == ("7", "8")


def test_unknown_items_count_as_orders_and_never_meet_a_known_number() -> None:
    read = lines_of_frame(frame(item_id=["tea", "sofa", "lamp"]), KNOWN)
    assert read.lines.number.tolist() == [4, 5, 6]


def test_a_negative_quantity_gives_goods_back() -> None:
    rows = frame(customer_id=["ada"] * 3, item_id=["tea"] * 3, quantity=[-1, 3, -1])
    assert owned(lines_of_frame(rows, KNOWN), 0) == {4: 1.0}


def test_a_return_that_names_its_order_takes_from_that_one() -> None:
    rows = pd.DataFrame(
        {
            "customer_id": ["ada"] * 3,
            "item_id": ["tea"] * 3,
            "occurred_at": ["2024-01-01", "2024-01-02", "2024-01-03"],
            "quantity": [1, 1, -1],
            "order_id": ["first", "second", "first"],
        }
    )
    read = lines_of_frame(rows, KNOWN)
    state = fold_columns(read.lines, read.customers, np.zeros(1, np.int64)).state(0)
    assert state.first_s == pd.Timestamp("2024-01-02", tz="UTC").timestamp()


def test_rows_of_one_instant_are_one_order_unless_they_name_theirs() -> None:
    rows = frame(customer_id=["ada"] * 3, occurred_at=["2024-01-01"] * 3)
    by_time = lines_of_frame(rows, KNOWN)
    by_name = lines_of_frame(rows.assign(order_id=["a", "b", None]), KNOWN)
    assert by_time.lines.order.tolist() == [0, 0, 0]
    assert len(set(by_name.lines.order.tolist())) == 3


def test_an_order_belongs_to_its_customer() -> None:
    read = lines_of_frame(frame(order_id=["1", "1", "1"]), KNOWN)
    assert read.lines.order.tolist() == [0, 0, 1]


def test_an_empty_frame_has_no_customers() -> None:
    for empty in (
        frame().iloc[:0],
        pd.DataFrame(columns=["customer_id", "item_id", "occurred_at", "quantity"]),
    ):
        read = lines_of_frame(empty, KNOWN)
        assert (len(read.lines), read.customers, read.newest_s) == (0, (), 0)


def test_the_empty_answer_has_every_column_of_its_type() -> None:
    kinds = [dtype.kind for dtype in empty_answer().dtypes]
    assert kinds == ["O", "i", "O", "f"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidInputError, match="expected customer_id, item_id, occurred_at, quantity"):
        lines_of_frame(frame().drop(columns="quantity"), KNOWN)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("customer_id", ["ada", None, "bob"]),
        ("customer_id", ["ada", "", "bob"]),
        ("customer_id", [7.0, 7.5, 8.0]),
        ("item_id", ["tea", float("nan"), "tea"]),
        ("occurred_at", ["2024-01-02", None, "2024-01-03"]),
        ("occurred_at", ["2024-01-02", "soon", "2024-01-03"]),
        ("occurred_at", ["2024-01-02", "1969-12-31", "2024-01-03"]),
        ("quantity", [1.0, float("nan"), 1.0]),
        ("quantity", [1, 0, 1]),
        ("quantity", [1, float("inf"), 1]),
        ("quantity", [1, 1e9, 1]),
        ("quantity", ["1", "many", "1"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(column: str, values: list[object]) -> None:
    with pytest.raises(InvalidInputError, match=f"{column} of row 1 cannot be read"):
        lines_of_frame(frame(**{column: values}), KNOWN)


def test_bare_numbers_are_no_times() -> None:
    with pytest.raises(InvalidInputError, match="not bare numbers"):
        lines_of_frame(frame(occurred_at=[20240101, 20240102, 20240103]), KNOWN)
