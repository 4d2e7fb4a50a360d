"""CSV and its relatives: delimiter and encoding found, every cell text, ragged rows set aside."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv

from recommender.errors import InvalidSourceError
from recommender.events.adapters.encoding import TextEncoding, find_encoding
from recommender.events.adapters.rejects import RejectRow, reject_table
from recommender.events.adapters.table import LINE, Table, no_rows, refuse_empty

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLOCK_BYTES = 1 << 23
HEAD_CHARACTERS = 1 << 16


@dataclass(frozen=True, slots=True)
class Header:
    """First record that is not blank, its number, and the delimiter that splits it."""

    names: tuple[str, ...]
    delimiter: str
    record: int


def read_csv_table(path: Path) -> Table:
    """Return the rows of a delimited text file, every cell as text, blank cells and blank lines as nothing.

    Raises
    ------
    InvalidSourceError
        Empty, header only, column named twice, or quotes that never close.
    """
    encoding = find_encoding(path)
    header = _header(path, encoding)
    ragged: list[_Ragged] = []
    frame = _read(path, encoding, header, ragged)
    frame = frame.rename(dict(zip(frame.columns, _clean(header.names), strict=True)))
    frame = frame.insert_column(0, _record_numbers(frame.height, ragged, header.record))
    frame = _physical_lines(frame, encoding, ragged)
    columns = [name for name in frame.columns if name != LINE]
    frame = frame.filter(~pl.all_horizontal(pl.col(columns).is_null()))
    rejected = reject_table(row.as_reject() for row in ragged)
    if not ragged:
        refuse_empty(frame, path.name)
    return Table(frame, "csv", _notes(encoding, header), rejected, decimal_comma=header.delimiter == ";")


@dataclass(slots=True)
class _Ragged:
    """A row with too many or too few cells; ``line`` is set once line ends in cells are counted."""

    record: int
    expected: int
    found: int
    text: str
    line: int

    def as_reject(self) -> RejectRow:
        reason = f"row has {self.found} columns, the header {self.expected}"
        return (str(self.line), "(row)", self.text, reason)


def _header(path: Path, encoding: TextEncoding) -> Header:
    with path.open(encoding=encoding.codec, newline="") as file:
        text = file.read(HEAD_CHARACTERS)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise InvalidSourceError(
            f"{path.name} is empty", expected="a header and rows", found="no text at all"
        )
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    record, names = next((number, row) for number, row in enumerate(reader, start=1) if any(row))
    if len(text) < HEAD_CHARACTERS and not any(cell for row in reader for cell in row):
        raise no_rows(path.name)
    _refuse_doubles(_clean(names), path.name)
    return Header(tuple(names), delimiter, record)


def _clean(names: "list[str] | tuple[str, ...]") -> list[str]:
    return [name.strip().strip("\ufeff") or f"column_{index}" for index, name in enumerate(names, start=1)]


def _refuse_doubles(names: list[str], file: str) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise InvalidSourceError(
            f"{file} names a column twice", expected="different names", found=", ".join(doubles)
        )


def _read(path: Path, encoding: TextEncoding, header: Header, ragged: list[_Ragged]) -> pl.DataFrame:
    def set_aside(row: Any) -> str:  # pyarrow's InvalidRow has no stubs
        ragged.append(_Ragged(row.number, row.expected_columns, row.actual_columns, row.text, row.number))
        return "skip"

    names = list(header.names) if len(set(header.names)) == len(header.names) else _clean(header.names)
    try:
        table = arrow_csv.read_csv(
            _bytes_of(path, encoding),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK_BYTES,
                column_names=names,
                skip_rows_after_names=header.record,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=header.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as problem:
        if "straddling" in str(problem):
            raise _too_long(path) from problem
        raise InvalidSourceError(
            f"{path.name} cannot be read as a {DELIMITERS[header.delimiter]}-separated table",
            found=str(problem).splitlines()[0][:200],
            remedy="look for a quotation mark that is never closed",
        ) from problem
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - narrows polars' union: a table gives a frame
    return frame


def _too_long(path: Path) -> InvalidSourceError:
    """Return the error for a row that goes on over more than a block."""
    return InvalidSourceError(
        f"{path.name} holds a row that is too long",
        expected=f"rows of at most {BLOCK_BYTES >> 20} MiB, line breaks in quotation marks included",
        found="a longer one",
        remedy="look for a quotation mark that is never closed, or split the row",
    )


def _bytes_of(path: Path, encoding: TextEncoding) -> Any:  # a path or a buffer: both are pyarrow inputs
    if encoding.is_utf8:
        return str(path)
    return pa.py_buffer(path.read_text(encoding=encoding.codec).encode())


def _record_numbers(rows: int, ragged: list[_Ragged], header: int) -> pl.Series:
    """Return the record number of each kept row: those after the header, less the ragged ones."""
    numbers = pl.Series(LINE, range(header + 1, header + 1 + rows + len(ragged)), dtype=pl.Int64)
    return numbers.filter(~numbers.is_in([row.record for row in ragged])) if ragged else numbers


def _physical_lines(frame: pl.DataFrame, encoding: TextEncoding, ragged: list[_Ragged]) -> pl.DataFrame:
    """Turn record numbers into line numbers where quoted cells contain line ends."""
    if 0 <= encoding.newlines <= frame.height + len(ragged) + 1:
        return frame
    cells = [name for name in frame.columns if name != LINE]
    ends = pl.sum_horizontal(pl.col(cells).str.count_matches("\n").fill_null(0)).cast(pl.Int64)
    before = frame.select(LINE, ends.cum_sum().alias("ends"))
    for row in ragged:
        row.line += int(before.filter(pl.col(LINE) < row.record)["ends"].max() or 0)  # type: ignore[arg-type]  # polars types max as any literal
    return frame.with_columns(pl.col(LINE) + before["ends"].shift(1, fill_value=0))


def _notes(encoding: TextEncoding, header: Header) -> tuple[str, ...]:
    delimiter = "" if header.delimiter == "," else f"columns separated by {DELIMITERS[header.delimiter]}"
    return tuple(note for note in (encoding.note, delimiter) if note)
