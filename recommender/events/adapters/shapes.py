"""What is known about a kind of file before its rows are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from recommender.events.adapters.timestamps import DateOrder

SKIP = "__skip"
"""Column that :attr:`Shape.prepare` may add: why a row is no order line, null where it is one."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows that are sound and still no order lines: ``when`` is true over the parsed columns."""

    reason: str
    when: pl.Expr


def _unchanged(frame: pl.DataFrame, path: Path) -> pl.DataFrame:  # noqa: ARG001 - the form of Shape.prepare
    return frame


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of order file.

    Parameters
    ----------
    name, title
        For the summary: a short word and a sentence.
    source_name
        ``source`` of the events. It is part of their identity and never contains the path, so that a file
        loaded again from another place, or in another format, changes nothing.
    columns
        Name of an order line's part (see :data:`~recommender.events.adapters.columns.LINE_COLUMNS`) to the
        file's column.
    time_zone
        Zone of its naive times; ``None`` where the shape does not say.
    prepare
        Turns the rows as read into rows that ``columns`` describes.
    skips
        Rows that are no order lines, with the reason, in order.
    is_return
        True over the parsed columns where a line gives goods back.
    returns_name_order
        Whether a returning line carries the order id of the purchase it returns.
    good_name
        True over ``name`` where a description is a name.
    is_product
        True over ``item_id`` and ``name`` where an item can be offered.
    catalogue
        Reads the catalogue that comes with the shape; ``None`` where the lines carry the names.
    """

    name: str
    title: str
    source_name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    date_order: DateOrder | None = None
    currency: str | None = None
    channel: str | None = None
    prepare: Callable[[pl.DataFrame, Path], pl.DataFrame] = _unchanged
    skips: tuple[Skip, ...] = ()
    is_return: pl.Expr = field(default_factory=lambda: pl.col("quantity") < 0)
    returns_name_order: bool = True
    good_name: pl.Expr = field(default_factory=lambda: pl.col("name").str.len_chars() > 0)
    is_product: pl.Expr = field(default_factory=lambda: pl.lit(value=True))
    catalogue: Callable[[Path], pl.DataFrame] | None = None


def mapped_shape(columns: Mapping[str, str], *, is_named: bool) -> Shape:
    """Return the shape of a file whose columns the caller named, or that bear our names already."""
    whose = "the columns you named" if is_named else "columns of the names that Rapport knows"
    return Shape("orders", f"order lines with {whose}", "import", columns)
