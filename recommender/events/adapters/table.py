"""A file as a table: rows of named columns that still know the line they came from."""

from dataclasses import dataclass, field

import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.rejects import reject_table

LINE = "__line"
"""Line (or row of the sheet) of the file, counted from 1 with the header as line 1."""

SHEET = "__sheet"
"""Name of the sheet; present only when a workbook contributes several."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as the file has them: text, or the file's own types where it has types.

    ``kind`` is ``csv``, ``parquet``, ``xlsx`` or ``jsonl``. ``notes`` tells a person what had to be decided
    while reading (encoding, delimiter, sheets). ``rejected`` holds rows that were not even rows.
    """

    frame: pl.DataFrame
    kind: str
    notes: tuple[str, ...] = ()
    rejected: pl.DataFrame = field(default_factory=reject_table)
    decimal_comma: bool = False

    @property
    def columns(self) -> list[str]:
        """Names of the file's own columns, in its order."""
        return [name for name in self.frame.columns if name not in {LINE, SHEET}]

    @property
    def rows(self) -> int:
        """Rows read, those rejected while reading included."""
        return self.frame.height + self.rejected.height


def refuse_empty(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the frame, or raise when it has no row at all.

    Raises
    ------
    InvalidSourceError
        Only a header, or nothing.
    """
    if frame.height == 0:
        raise no_rows(name)
    return frame


def no_rows(name: str) -> InvalidSourceError:
    """Return the error about a file with a header only."""
    return InvalidSourceError(
        f"{name} holds no rows", expected="a header and at least one row", found="a header only"
    )


def line_label(frame: pl.DataFrame) -> pl.Expr:
    """Return the expression that names a row for a person: ``17`` or ``Year 2009-2010!17``."""
    line = pl.col(LINE).cast(pl.String)
    return pl.concat_str(pl.col(SHEET), pl.lit("!"), line) if SHEET in frame.columns else line
