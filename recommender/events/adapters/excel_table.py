"""XLSX workbooks: every sheet with the columns of the first one, every cell as text."""

from pathlib import Path

import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.table import LINE, SHEET, Table, refuse_empty


def read_excel_table(path: Path) -> Table:
    """Return the rows of a workbook's sheets, one below the other.

    Sheets whose columns differ from the first filled sheet are left out and named in the notes.

    Raises
    ------
    InvalidSourceError
        Not a workbook, or no sheet with rows.
    """
    sheets = _filled_sheets(path)
    if not sheets:
        raise InvalidSourceError(f"{path.name} holds no rows", expected="a sheet with a header and rows")
    columns = next(iter(sheets.values())).columns
    taken = {name: frame for name, frame in sheets.items() if frame.columns == columns}
    left_out = tuple(
        f"sheet {name!r} has other columns and is left out" for name in sheets if name not in taken
    )
    frame = pl.concat([_labelled(frame, name) for name, frame in taken.items()])
    frame = frame.filter(~pl.all_horizontal(pl.col(columns).is_null()))
    note = (f"{len(taken)} sheets: {', '.join(taken)}",) if len(taken) > 1 else ()
    kept = frame if len(taken) > 1 else frame.drop(SHEET)
    return Table(refuse_empty(kept, path.name), "xlsx", note + left_out)


def _filled_sheets(path: Path) -> dict[str, pl.DataFrame]:
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        frames = {name: book.load_sheet(name, dtypes="string").to_polars() for name in book.sheet_names}
    except fastexcel.FastExcelError as problem:
        raise InvalidSourceError(
            f"{path.name} is not a readable workbook",
            expected="a whole XLSX file",
            found=str(problem).splitlines()[0][:200],
            remedy="it may be cut: copy it again, or save it anew as XLSX or CSV",
        ) from problem
    return {name: _stripped(frame) for name, frame in frames.items() if frame.height}


def _stripped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.strip() for name in frame.columns}).cast(pl.String)


def _labelled(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.with_row_index(LINE, offset=2).with_columns(
        pl.col(LINE).cast(pl.Int64), pl.lit(name).alias(SHEET)
    )
