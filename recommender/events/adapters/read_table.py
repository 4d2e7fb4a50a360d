"""One door for every kind of file: its first bytes say what it is, its name only what it claims."""

import os
import zipfile
from pathlib import Path

from recommender.errors import InvalidSourceError
from recommender.events.adapters.csv_table import read_csv_table
from recommender.events.adapters.excel_table import read_excel_table
from recommender.events.adapters.json_table import read_json_table
from recommender.events.adapters.parquet_table import read_parquet_table
from recommender.events.adapters.table import Table

READERS = {
    "csv": read_csv_table,
    "jsonl": read_json_table,
    "parquet": read_parquet_table,
    "xlsx": read_excel_table,
}
CLAIMS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
WORKBOOK = b"PK\x03\x04"
FOREIGN = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"BZh": "bzip2",
    b"\xd0\xcf\x11\xe0": "the old XLS format",
}


def file_kind(path: Path) -> str:
    """Return ``csv``, ``jsonl``, ``parquet`` or ``xlsx``.

    Raises
    ------
    InvalidSourceError
        Missing, a directory, not readable, empty, or not what its name claims.
    """
    head = _head(path)
    foreign = next((name for mark, name in FOREIGN.items() if head.startswith(mark)), _archive(path, head))
    if foreign is not None:
        raise InvalidSourceError(
            f"{path.name} cannot be read",
            expected="CSV, Parquet, JSON Lines or XLSX",
            found=foreign,
            remedy="unpack or save it as one of these first",
        )
    found = _kind_of(head)
    claimed = CLAIMS.get(path.suffix.lower(), found)
    if claimed in {"parquet", "xlsx"} and claimed != found:
        raise InvalidSourceError(
            f"{path.name} is not {claimed.upper()}", expected=f"a {claimed} file", found=found
        )
    return claimed if claimed == "jsonl" else found


def read_table(path: Path) -> Table:
    """Return the rows of a file, whatever its kind.

    Raises
    ------
    InvalidSourceError
        See :func:`file_kind` and the readers.
    """
    return READERS[file_kind(path)](path)


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise InvalidSourceError(
            f"{path} is a directory", expected="a file", remedy="name one file at a time"
        )
    if not path.exists():
        raise InvalidSourceError(f"{path} does not exist", expected="a file", remedy="check the path")
    if not path.is_file() or not os.access(path, os.R_OK):
        raise InvalidSourceError(f"{path} cannot be read", expected="a regular file you may read")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise InvalidSourceError(f"{path.name} is empty", expected="a header and rows", found="no data")
    return head


def _archive(path: Path, head: bytes) -> str | None:
    """Return what a ZIP archive that is no workbook holds; a workbook is one, too."""
    if not head.startswith(WORKBOOK) or not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if "[Content_Types].xml" in names:
        return None
    return f"a ZIP archive of {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if names[3:] else "")


def _kind_of(head: bytes) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(WORKBOOK):
        return "xlsx"
    return "jsonl" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["} else "csv"
