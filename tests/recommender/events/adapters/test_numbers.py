"""Numbers as shops in different countries write them."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.events.adapters.numbers import read_numbers


def read(*texts: str | None, comma: bool = False) -> list[float | None]:
    return read_numbers(pl.Series(texts, dtype=pl.String), decimal_comma=comma).to_list()


def test_plain_numbers_are_read_as_they_are() -> None:
    assert read("1", "-2.5", "1e3", ".5", None) == [1.0, -2.5, 1000.0, 0.5, None]
    assert read("3,5", "-1,25", "2", "2.5", comma=True) == [3.5, -1.25, 2.0, 2.5]


def test_marks_between_thousands_are_read_where_a_row_proves_them() -> None:
    assert read("1,234.50", "1,000", "12", "-2,000,000") == [1234.5, 1000.0, 12.0, -2e6]
    assert read("1,234,567", "1,000") == [1234567.0, 1000.0]
    assert read("1.234,50", "1.000", "12", "3,5", comma=True) == [1234.5, 1000.0, 12.0, 3.5]
    assert read("1.234,50", "1.000") == [1234.5, 1000.0]


def test_a_decimal_comma_is_read_in_any_file_where_a_row_proves_it() -> None:
    assert read("3,50", "1,000", "2") == [3.5, 1.0, 2.0]


@pytest.mark.parametrize("texts", [("1,000", "2"), ("1,234.50", "1.234,50"), ("1,234.50", "3,5,0")])
def test_what_a_comma_means_is_never_guessed(texts: tuple[str, str]) -> None:
    assert None in read(*texts)


def test_a_mark_in_another_place_is_no_number() -> None:
    assert read("1,234.50", "12,34", "1,00", ",5", "1,234", "x") == [1234.5, None, None, None, 1234.0, None]


@given(st.lists(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)), min_size=1, max_size=5))
def test_what_a_country_writes_is_read_back(values: list[float]) -> None:
    texts = [f"{value:,.2f}" for value in [*values, 1234.5]]
    assert all(
        read_back is not None and math.isclose(read_back, value)
        for read_back, value in zip(read(*texts), values, strict=False)
    )
    swapped = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    assert read(*swapped, comma=True) == read(*texts)
