"""Only some rows of a table: the purchases of an event log that holds views beside them."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.table import Table

MOST_SHOWN: Final = 20
_EXAMPLE: Final = "write --where event_type=purchase, once for each value"


def parse_where(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that each column may have: of several for one column any will do.

    Raises
    ------
    InvalidSourceError
        Not of the form column=value.

    Examples
    --------
    >>> parse_where(["event_type=purchase", "event_type = order", "shop=a=b"])
    {'event_type': ('purchase', 'order'), 'shop': ('a=b',)}
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for text in texts:
        column, equals, value = (piece.strip() for piece in text.partition("="))
        if not (column and equals and value):
            raise InvalidSourceError(
                "--where cannot be understood",
                expected="column=value",
                found=text or "nothing",
                remedy=_EXAMPLE,
            )
        chosen[column] = (*chosen.get(column, ()), value)
    return chosen


def chosen_rows(table: Table, where: Mapping[str, Sequence[str]]) -> tuple[Table, dict[str, int]]:
    """Return the rows in which every column has one of its values, and how many others each column left out.

    Values are compared as texts, without blanks around them; upper and lower case differ.

    Raises
    ------
    InvalidSourceError
        A column or a value does not occur; the error lists those that do.
    """
    frame = table.frame
    for column, values in where.items():
        _check(table, column, values)
    skipped: dict[str, int] = {}
    for column, values in where.items():
        kept = frame.filter(_text(column).is_in(list(values)))
        skipped[f"{column} is not {' or '.join(values)}"] = frame.height - kept.height
        frame = kept
    if where and not frame.height:
        raise InvalidSourceError(
            "no row is left", expected="a row that meets every --where", remedy="leave one of them out"
        )
    return replace(table, frame=frame), {reason: count for reason, count in skipped.items() if count}


def _check(table: Table, column: str, values: Sequence[str]) -> None:
    if column not in table.columns:
        raise InvalidSourceError(
            "the file has no such column",
            expected="one of " + _shown(table.columns),
            found=column,
            remedy=_nearest(column, table.columns),
        )
    counts = table.frame.select(_text(column).alias("value"))["value"].drop_nulls().value_counts(sort=True)
    found = counts["value"].to_list()
    for value in values:
        if value not in found:
            raise InvalidSourceError(
                f"no row has this value in the column {column!r}",
                expected="one of " + _shown(found),
                found=value,
                remedy=_nearest(value, found),
            )


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars()


def _shown(names: Sequence[str]) -> str:
    """Return the first of them, the most frequent where they were counted."""
    shown = ", ".join(repr(name) for name in names[:MOST_SHOWN])
    return shown + (f" and {len(names) - MOST_SHOWN:,} more" if len(names) > MOST_SHOWN else "")


def _nearest(word: str, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f"did you mean {folded[near[0]]}?" if near else _EXAMPLE
