"""Columns of many customers: their edges, and that matching stays linear."""

import numpy as np
import pytest

from recommender.customers import CustomerState, OrderLines, fold_columns, match_returns
from recommender.customers.lines import no_names
from recommender.customers.matching import arrange, match_arranged
from recommender.errors import InvalidInputError
from recommender.types import CustomerId


def columns(rows: list[tuple[int, int, int, float, int]]) -> OrderLines:
    """Rows of (customer, order, number, quantity, kind), a day apart, in order of rank."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    at_us = (np.arange(len(rows), dtype=np.int64) + 19_000) * 86_400_000_000
    return OrderLines(
        customer=table[:, 0].astype(np.int32),
        order=table[:, 1].astype(np.int32),
        number=table[:, 2].astype(np.uint32),
        quantity=table[:, 3].copy(),
        at_us=at_us,
        kind=table[:, 4].astype(np.uint8),
        is_gift=np.zeros(len(rows), np.bool_),
        rank=np.arange(len(rows), dtype=np.int64),
        unit_price=np.full(len(rows), np.nan),
        serial=no_names(len(rows)),
        line=no_names(len(rows)),
    )


def test_no_customers_and_no_lines_fold_into_nothing() -> None:
    assert len(fold_columns(OrderLines.empty(), [], np.empty(0, np.int64))) == 0


def test_customers_without_a_line_have_the_empty_state_of_their_version() -> None:
    names = [CustomerId("ada"), CustomerId("bob"), CustomerId("eve")]
    folded = fold_columns(columns([(1, 0, 5, 1.0, 0)]), names, np.array([3, 4, 5]))
    assert [folded.state(index).lines for index in range(3)] == [0, 1, 0]
    assert folded.state(0) == CustomerState.empty(version=3)
    assert folded.state(2) == CustomerState.empty(version=5)


def test_guests_are_matched_but_have_no_state() -> None:
    lines = columns([(-1, 0, 5, 2.0, 0), (-1, 0, 5, 1.0, 1), (-1, -1, 5, 1.0, 1)])
    assert match_returns(lines).kept.tolist() == [1.0, 0.0, 0.0]
    assert match_returns(lines).unmatched == 1
    assert len(fold_columns(lines, [], np.empty(0, np.int64))) == 0


def test_lines_with_a_quantity_of_nothing_or_no_number_at_all_keep_nothing() -> None:
    lines = columns([(0, 0, 5, 0.0, 0), (0, 0, 5, -2.0, 0), (0, 0, 5, float("nan"), 0), (0, 0, 5, -1.0, 1)])
    assert fold_columns(lines, [CustomerId("ada")], np.array([1])).state(0).lines == 0
    assert match_returns(lines).unmatched == 0


def test_the_first_lines_of_many_are_arranged_and_matched_as_they_are_alone() -> None:
    bought = [(0, order, item, 2.0, 0) for order, item in ((0, 7), (0, 5), (1, 7), (2, 6), (1, 5))]
    rows = [*bought, (0, -1, 7, 1.0, 1), (0, 1, 0, 1.0, 2), (0, 3, 7, 1.0, 0), (0, 0, 5, 9.0, 1)]
    whole = arrange(columns(rows))
    for size in range(1, len(rows) + 1):
        part, alone = whole.first(size), arrange(columns(rows[:size]))
        assert part.by_item.tolist() == alone.by_item.tolist()
        assert part.by_rank.tolist() == alone.by_rank.tolist()
        assert part.is_cancelled.tolist() == alone.is_cancelled.tolist()
        for mine, own in zip(match_arranged(part), match_arranged(alone), strict=True):
            assert mine.tolist() == own.tolist()


def test_the_largest_item_number_is_an_item_like_any_other() -> None:
    state = fold_columns(columns([(0, 0, 2**32 - 2, 1.0, 0)]), [CustomerId("ada")], np.array([1])).state(0)
    assert state.items.number.tolist() == [2**32 - 2]


def test_lines_of_an_unknown_customer_code_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="at least 4 customers"):
        fold_columns(columns([(3, 0, 5, 1.0, 0)]), [CustomerId("ada")], np.array([1]))


def test_a_column_of_another_length_or_type_is_refused_by_name() -> None:
    lines = columns([(0, 0, 5, 1.0, 0)])
    parts = {name: getattr(lines, name) for name in OrderLines.__slots__}
    with pytest.raises(InvalidInputError, match="column rank"):
        match_returns(OrderLines(**{**parts, "rank": np.arange(2)}))
    with pytest.raises(InvalidInputError, match="column number"):
        match_returns(OrderLines(**{**parts, "number": np.array([5], np.int64)}))


def test_an_order_of_many_lines_of_one_item_returned_line_by_line_leaves_nothing() -> None:
    n = 20_000
    bought = [(0, 0, 5, 1.0, 0)] * n
    matched = match_returns(columns([*bought, *[(0, 0, 5, 1.0, 1)] * (n + 7)]))
    assert matched.kept.sum() == 0.0
    assert matched.unmatched == 7
