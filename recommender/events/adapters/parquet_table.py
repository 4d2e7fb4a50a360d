"""Parquet: the file's own types, read by polars."""

from pathlib import Path

import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.table import LINE, Table, refuse_empty


def read_parquet_table(path: Path) -> Table:
    """Return the rows of a Parquet file; row 1 of the data is called line 2, as in a file with a header.

    Raises
    ------
    InvalidSourceError
        Damaged, or without rows.
    """
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise InvalidSourceError(
            f"{path.name} is not a readable Parquet file",
            expected="a whole Parquet file",
            found=str(problem).splitlines()[0][:200],
            remedy="it may be cut: copy or export it again",
        ) from problem
    numbered = refuse_empty(frame, path.name).with_row_index(LINE, offset=2)
    return Table(numbered.with_columns(pl.col(LINE).cast(pl.Int64)), "parquet")
