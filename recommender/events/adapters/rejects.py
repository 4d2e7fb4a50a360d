"""Rows that cannot be taken, and why: one table of line, column, value and reason."""

from collections.abc import Iterable
from typing import TypeAlias

import polars as pl

RejectRow: TypeAlias = tuple[str, str, str, str]
"""Line, column, value and reason of one rejected row, as text."""

REJECT_COLUMNS = ("line", "column", "value", "reason")
LONGEST_VALUE = 200


def reject_table(rows: Iterable[RejectRow] = ()) -> pl.DataFrame:
    """Return the rows as a table of text, values cut to 200 characters.

    Examples
    --------
    >>> reject_table([("7", "quantity", "0", "is 0")]).row(0)
    ('7', 'quantity', '0', 'is 0')
    """
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(REJECT_COLUMNS, pl.String), orient="row")
    return frame.with_columns(pl.col("value").str.slice(0, LONGEST_VALUE))


def reject_counts(rejected: pl.DataFrame) -> dict[str, int]:
    """Return how many rows each reason took, the commonest first, as ``column: reason``.

    Examples
    --------
    >>> reject_counts(reject_table([("7", "quantity", "0", "is 0"), ("9", "quantity", "0", "is 0")]))
    {'quantity: is 0': 2}
    """
    counted = (
        rejected.group_by("column", "reason")
        .len()
        .sort("len", "column", "reason", descending=[True, False, False])
    )
    return {f"{column}: {reason}": count for column, reason, count in counted.iter_rows()}
