"""The audience of an export: customer ids from a file that somebody made elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.errors import InvalidSourceError, RapportError
from recommender.events.adapters.csv_table import DELIMITERS
from recommender.events.validation import check_id
from recommender.types import CustomerId

if TYPE_CHECKING:
    import polars as pl

COLUMN = "customer_id"


@dataclass(frozen=True, slots=True)
class Audience:
    """Customers to decide for, each once, in the order of the file.

    Attributes
    ----------
    customers
        At least one.
    column
        The column that was read; empty for a text file.
    repeated
        How many rows named a customer again.
    """

    customers: tuple[CustomerId, ...]
    column: str
    repeated: int


def read_audience(path: Path) -> Audience:
    """Read customer ids from a file.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.parquet``, ``.xlsx`` or ``.jsonl`` (column ``customer_id``, else the first one; a CSV file
        has a header, whose separator counts), anything else is text with one id per line. Ids stay text: leading zeros
        survive.

    Raises
    ------
    InvalidSourceError
        When the file is missing, unreadable or empty, or holds something that cannot be an id.
    """
    try:
        column, ids = _read(path)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, f"byte 0x{error.object[error.start]:02x} at {error.start}") from error
    except OSError as error:
        raise InvalidSourceError(
            f"{path} cannot be read", expected="a file", found=str(error), remedy="check the path"
        ) from error
    found = [text for text in (value.strip() for value in ids) if text]
    if not found:
        raise InvalidSourceError(
            f"{path} names no customer",
            expected="at least one customer id",
            remedy="leave --customers out for everybody",
        )
    customers = tuple(dict.fromkeys(_checked(text, row, path) for row, text in enumerate(found, start=1)))
    return Audience(customers, column, len(found) - len(customers))


def refuse_headless(audience: Audience, path: Path, is_known: Callable[[CustomerId], bool]) -> None:
    """Refuse a table whose first row is a customer: taken for the header, that customer would be forgotten in silence.

    Raises
    ------
    InvalidSourceError
        ``is_known`` of what was taken for the name of the column.
    """
    if audience.column not in ("", COLUMN) and is_known(CustomerId(audience.column)):
        raise InvalidSourceError(
            f"the first row of {path} is no header",
            expected=f"names of columns, such as {COLUMN}",
            found=f"the customer {audience.column}",
            remedy=f"put a line {COLUMN} before it, or write one id per line into a .txt",
        )


def _not_utf8(path: Path, found: str) -> InvalidSourceError:
    return InvalidSourceError(
        f"{path} is not UTF-8", expected="text in UTF-8", found=found, remedy="save it as UTF-8 first"
    )


def _read(path: Path) -> tuple[str, list[str]]:
    match path.suffix.lower():
        case ".csv" | ".tsv":
            return _column_of(_csv(path), path)
        case ".parquet":
            return _column_of(_parquet(path), path)
        case ".xlsx" | ".jsonl" | ".ndjson":
            return _column_of(_table(path), path)
        case _:
            return "", _without_header(path.read_text("utf-8-sig").splitlines())


def _csv(path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.read_csv(path, infer_schema=False, separator=_separator(path))
    except pl.exceptions.NoDataError:
        return pl.DataFrame()
    except pl.exceptions.PolarsError as error:
        found = str(error).splitlines()[0][:200]
        if "utf-8" in found.lower():
            raise _not_utf8(path, "bytes that are none") from error
        raise InvalidSourceError(
            f"{path} is no readable CSV",
            expected="a header and rows",
            found=found,
            remedy="look for a quotation mark that is never closed, or write one id per line into a .txt",
        ) from error


def _separator(path: Path) -> str:
    """Return what the header is separated by: spreadsheets write semicolons where the comma is decimal."""
    with path.open(encoding="utf-8-sig") as file:
        header = next((line for line in file if line.strip()), "")
    return max(DELIMITERS, key=header.count)


def _table(path: Path) -> "pl.DataFrame":
    from recommender.events.adapters.read_table import read_table

    table = read_table(path)
    if table.rejected.height:
        raise InvalidSourceError(
            f"{path} has rows that cannot be read",
            expected="a customer id in every row",
            found=f"{table.rejected.height} others",
            remedy="correct them, or write one id per line into a .txt",
        )
    return table.frame.select(table.columns)


def _parquet(path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise InvalidSourceError(
            f"{path} is no readable Parquet",
            expected="a whole Parquet file",
            found=str(error).splitlines()[0][:200],
            remedy="it may be cut: copy or export it again",
        ) from error


def _column_of(table: "pl.DataFrame", path: Path) -> tuple[str, list[str]]:
    import polars as pl

    if not table.columns:
        return "", []
    name = COLUMN if COLUMN in table.columns else table.columns[0]
    column = table[name]
    if not (column.dtype == pl.String or column.dtype.is_integer()):
        raise InvalidSourceError(
            f"column {name!r} of {path} cannot hold customer ids",
            expected="text or whole numbers",
            found=str(column.dtype),
        )
    return name, column.cast(pl.String).drop_nulls().to_list()


def _without_header(lines: list[str]) -> list[str]:
    return lines[1:] if lines and lines[0].strip() == COLUMN else lines


def _checked(text: str, row: int, path: Path) -> CustomerId:
    try:
        check_id(COLUMN, text)
    except RapportError as error:
        raise InvalidSourceError(f"id {row} of {path}: {error}") from error
    return CustomerId(text)
