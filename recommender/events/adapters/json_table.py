"""JSON Lines with one flat row per line."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.encoding import TextEncoding, find_encoding
from recommender.events.adapters.rejects import RejectRow, reject_table
from recommender.events.adapters.table import LINE, Table, refuse_empty

_Row = dict[str, object]


def json_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield line number and bytes of every line that is not blank, without a byte order mark.

    Raises
    ------
    InvalidSourceError
        The file is not UTF-8, which JSON must be.
    """
    encoding = find_encoding(path)
    if not encoding.is_utf8:
        raise InvalidSourceError(
            f"{path.name} is not UTF-8",
            expected="JSON Lines in UTF-8",
            found=_found(encoding),
            remedy="save it as UTF-8 first, which JSON must be",
        )
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            bare = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
            if bare:
                yield number, bare


def _found(encoding: TextEncoding) -> str:
    return "UTF-16" if encoding.codec.startswith("utf-16") else "bytes that are no UTF-8"


def first_object(path: Path) -> _Row:
    """Return the first line that is a JSON object.

    Raises
    ------
    InvalidSourceError
        None is, or the file is one JSON array.
    """
    decoder = msgspec.json.Decoder(_Row)
    for _, line in json_lines(path):
        _refuse_array(path, line)
        try:
            return decoder.decode(line)
        except msgspec.MsgspecError:
            continue
    raise InvalidSourceError(f"{path.name} holds no JSON object", expected="JSON Lines: one object per line")


def _refuse_array(path: Path, line: bytes) -> None:
    if line.startswith(b"["):
        raise InvalidSourceError(
            f"{path.name} is a JSON array",
            expected="JSON Lines: one object per line",
            found=line[:40].decode(errors="replace"),
            remedy=f"write an object per line, as with: jq -c '.[]' {path.name}",
        )


def read_json_table(path: Path) -> Table:
    """Return flat JSON objects as rows of text; lines that are not objects are set aside.

    Raises
    ------
    InvalidSourceError
        No line is an object, or the file is one JSON array.
    """
    rows: list[_Row] = []
    numbers: list[int] = []
    rejected: list[RejectRow] = []
    decoder = msgspec.json.Decoder(_Row)
    for number, line in json_lines(path):
        if not (rows or rejected):
            _refuse_array(path, line)
        try:
            rows.append(decoder.decode(line))
            numbers.append(number)
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            reason = f"not a JSON object: {without_position(line, problem)}"
            rejected.append((str(number), "(row)", line.decode(errors="replace"), reason))
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: dict[str, list[object]] = {name: [_text(row.get(name)) for row in rows] for name in names}
    frame = pl.DataFrame(
        {LINE: numbers, **columns}, schema={LINE: pl.Int64, **dict.fromkeys(names, pl.String)}
    )
    return Table(refuse_empty(frame, path.name), "jsonl", (), reject_table(rejected))


def without_position(line: bytes, problem: Exception) -> str:
    """Say why a line is no JSON without the position, so that lines with the same fault are counted together."""
    not_json = " (NaN and Infinity are no JSON)" if b"NaN" in line or b"Infinity" in line else ""
    return str(problem).partition(" (byte ")[0] + not_json


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return repr(value) if isinstance(value, float) else msgspec.json.encode(value).decode()
