"""Purchase rows of a notebook or a scoring server, as the columns that the fold takes.

One row is one order line. A negative quantity gives goods back. Rows of one customer at one instant, or with one
``order_id`` where that column is there, are one order.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from recommender.customers.lines import NO_ORDER, PURCHASE, RETURN, OrderLines, no_names
from recommender.errors import InvalidInputError
from recommender.types import BoolArray, CustomerId, Float64Array, Int32Array, Int64Array, UInt32Array
from training.columns import INPUT_COLUMNS

_LAST_SECOND: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class FrameLines:
    """Order lines of a frame, and whose they are.

    Attributes
    ----------
    lines
        One row per row of the frame.
    customers
        Every customer of the frame, by first appearance; the customer codes of ``lines`` point here.
    newest_s
        The newest row, seconds since 1970; 0 for an empty frame.
    """

    lines: OrderLines
    customers: tuple[CustomerId, ...]
    newest_s: int


def lines_of_frame(frame: pd.DataFrame, number_of: dict[str, int]) -> FrameLines:
    """Read purchase rows.

    Parameters
    ----------
    frame
        Columns ``customer_id``, ``item_id`` (text or whole numbers), ``occurred_at`` (times, or ISO 8601 text; without an
        offset they are UTC), ``quantity`` (not 0; below 0: given back) and optionally ``order_id``.
    number_of
        Number of every item that the model knows. Other items get numbers of their own above these: they count as
        orders of the customer, as they do in the log, and are nothing else to the model.

    Raises
    ------
    InvalidInputError
        When a column is missing, or a value is missing or cannot be read; the message names the row.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"customer_id": [7, 7], "item_id": ["tea", "?"], "occurred_at": ["2017-01-01", "2017-01-02"], "quantity": [2, 1]}
    ... )
    >>> read = lines_of_frame(rows, {"tea": 3})
    >>> read.customers, read.lines.number.tolist(), read.lines.quantity.tolist()
    (('7',), [3, 4], [2.0, 1.0])
    """
    _check_columns(frame)
    customer_ids, item_ids = _ids(frame, "customer_id"), _ids(frame, "item_id")
    at_us, quantity = _times(frame), _quantities(frame)
    codes, customers = pd.factorize(pd.Index(customer_ids, dtype=object))
    rank = np.empty(len(frame), np.int64)
    rank[np.argsort(at_us, kind="stable")] = np.arange(len(frame))
    lines = OrderLines(
        customer=codes.astype(np.int32),
        order=_orders(frame, codes, at_us, quantity < 0),
        number=_numbers(item_ids, number_of),
        quantity=np.abs(quantity),
        at_us=at_us,
        kind=np.where(quantity < 0, RETURN, PURCHASE).astype(np.uint8),
        is_gift=np.zeros(len(frame), np.bool_),
        rank=rank,
        unit_price=np.full(len(frame), np.nan),
        serial=no_names(len(frame)),
        line=no_names(len(frame)),
    )
    newest_s = int(at_us.max() // 1_000_000) if len(at_us) else 0
    return FrameLines(lines, tuple(CustomerId(customer) for customer in customers), newest_s)


def empty_answer() -> pd.DataFrame:
    """Return the answer to an empty frame: no rows, every column of its type.

    Examples
    --------
    >>> len(empty_answer()), list(empty_answer().columns)
    (0, ['customer_id', 'rank', 'item_id', 'score'])
    """
    return answer([], [], [], [])


def answer(customers: list[str], ranks: list[int], items: list[str], scores: list[float]) -> pd.DataFrame:
    """Return ranked items as the columns that the model answers."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series(customers, dtype="str"),
            "rank": pd.Series(ranks, dtype="int64"),
            "item_id": pd.Series(items, dtype="str"),
            "score": pd.Series(scores, dtype="float64"),
        }
    )


def _check_columns(frame: pd.DataFrame) -> None:
    missing = [name for name in INPUT_COLUMNS[:-1] if name not in frame.columns]
    if missing:
        raise InvalidInputError(
            "the frame misses columns",
            expected=", ".join(INPUT_COLUMNS[:-1]),
            found=", ".join(map(str, frame.columns))[:200],
        )


def _refuse_rows(name: str, bad: BoolArray, frame: pd.DataFrame, expected: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        more = f" and {int(bad.sum()) - 1} more" if bad.sum() > 1 else ""
        raise InvalidInputError(
            f"{name} of row {row}{more} cannot be read",
            expected=expected,
            found=ascii(frame[name].tolist()[row])[:80],
            remedy="drop or mend these rows",
        )


def _ids(frame: pd.DataFrame, name: str) -> list[str]:
    values = frame[name].tolist()
    texts = [_id_text(value) for value in values]
    bad = np.array([text is None for text in texts], np.bool_)
    _refuse_rows(name, bad, frame, "text or a whole number")
    return [text for text in texts if text is not None]


def _id_text(value: object) -> str | None:
    """Return the id as the log writes it; ``17850.0``, as a column with gaps has it, is ``17850``."""
    match value:
        case str():
            return value or None
        case bool():
            return None
        case int() | np.integer():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return None


def _numbers(item_ids: list[str], number_of: dict[str, int]) -> UInt32Array:
    next_number = max(number_of.values(), default=-1) + 1
    numbers = dict(number_of)
    for item in item_ids:
        if item not in numbers:
            numbers[item] = next_number
            next_number += 1
    return np.array([numbers[item] for item in item_ids], np.uint32)


def _times(frame: pd.DataFrame) -> Int64Array:
    column = frame["occurred_at"]
    if pd.api.types.is_numeric_dtype(column.dtype) and len(frame):
        _refuse_rows(
            "occurred_at", np.ones(len(frame), np.bool_), frame, "times or ISO 8601 text, not bare numbers"
        )
    times = pd.to_datetime(column, utc=True, errors="coerce", **_format_of(column))
    at_us: Int64Array = times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    missing = times.isna().to_numpy() | (at_us < 0) | (at_us // 1_000_000 > _LAST_SECOND)
    _refuse_rows("occurred_at", missing, frame, "a time from 1970 on")
    return at_us


def _format_of(column: "pd.Series[object]") -> dict[str, str]:
    return {} if pd.api.types.is_datetime64_any_dtype(column.dtype) else {"format": "ISO8601"}


def _quantities(frame: pd.DataFrame) -> Float64Array:
    numbers = pd.to_numeric(frame["quantity"], errors="coerce")
    quantity: Float64Array = numbers.to_numpy(np.float64, na_value=np.nan)
    bad = ~np.isfinite(quantity) | (quantity == 0) | (np.abs(quantity) > 1e6)
    _refuse_rows("quantity", bad, frame, "a number other than 0, at most 1e6; below 0 for goods given back")
    return quantity


def _orders(
    frame: pd.DataFrame,
    codes: Int64Array,
    at_us: Int64Array,
    is_return: BoolArray,
) -> Int32Array:
    """Number the orders: by (customer, ``order_id``), else by (customer, instant); a return may name none."""
    named = frame["order_id"] if "order_id" in frame.columns else pd.Series([None] * len(frame), dtype=object)
    has_name = named.notna().to_numpy()
    keys = [
        (code, name if there else at, there)
        for code, name, at, there in zip(
            codes.tolist(), named.tolist(), at_us.tolist(), has_name.tolist(), strict=True
        )
    ]
    order = pd.factorize(pd.Series(keys, dtype=object))[0].astype(np.int32)
    order[is_return & ~has_name] = NO_ORDER
    return np.asarray(order, np.int32)
