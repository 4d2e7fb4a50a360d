"""The parts of an export: written one by one, found again after an interruption, joined at the end.

A part's name holds a digest of everything that decided its rows, so a part is used again exactly when it would come
out the same. Every file appears under its name only when it is complete.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recommender.errors import InvalidRequestError

if TYPE_CHECKING:
    import polars as pl

NOTE: Final = "rapport.note"

PLAN: Final = "plan.json"

RESUME_WITHIN: Final = timedelta(hours=1)
"""How old an interrupted export without ``--as-of`` may be to be continued as of its own beginning."""


class ExportFormat(StrEnum):
    """What a campaign tool reads."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


def format_of(out: Path, chosen: str | None) -> ExportFormat:
    """Return the chosen format, else the one that the file's name says.

    Raises
    ------
    InvalidRequestError
        When neither says one.

    Examples
    --------
    >>> format_of(Path("mail.csv"), None).value, format_of(Path("mail.csv"), "jsonl").value
    ('csv', 'jsonl')
    """
    asked = chosen or out.suffix.removeprefix(".")
    name = asked.lower().replace("ndjson", "jsonl")
    if name not in set(ExportFormat):
        raise InvalidRequestError(
            "the format of the export is not clear",
            expected=", ".join(ExportFormat),
            found=f"--format {chosen}" if chosen else f"--out {out.name}",
            remedy="say --format, or name the file .parquet, .csv or .jsonl",
        )
    return ExportFormat(name)


@dataclass(frozen=True, slots=True)
class PartsFolder:
    """``OUT.parts/``: what is finished of one export, as of one moment.

    Attributes
    ----------
    path
        The folder.
    key
        Digest of the parameters.
    now
        The moment of the decisions: that of the interrupted export when it is continued.
    message
        What became of an older export's parts; empty when there were none.
    """

    path: Path
    key: str
    now: datetime
    message: str

    @classmethod
    def open(
        cls, out: Path, parameters: dict[str, str], now: datetime, *, is_now_fixed: bool
    ) -> "PartsFolder":
        """Create the folder, or find the one of an interrupted export.

        Parameters
        ----------
        out
            The file to export to.
        parameters
            Everything that was asked for.
        now
            The moment of the decisions, unless an interrupted export is continued.
        is_now_fixed
            Whether ``now`` was asked for; then it is a parameter like the others.
        """
        path = out.with_name(out.name + ".parts")
        asked = {**parameters, **({"as_of": now.isoformat()} if is_now_fixed else {})}
        key = _digest(json.dumps(asked, sort_keys=True))
        begun = _read_plan(path)
        if begun is None:
            message = ""
        elif begun.key == key and (is_now_fixed or timedelta(0) <= now - begun.now <= RESUME_WITHIN):
            return cls(
                path, key, begun.now, f"continuing the export that began at {begun.now:%Y-%m-%d %H:%M:%S} UTC"
            )
        else:
            message = "starting anew: " + _difference(begun, asked, key)
        _begin(path, key, now, asked)
        return cls(path, key, now, message)

    def part_path(self, index: int, customers: Sequence[str], versions: Sequence[int]) -> Path:
        """Return where the part of these customers, at these versions of them, is or will be."""
        content = "\0".join(customers) + "\0\0" + ",".join(map(str, versions))
        return self.path / f"{index:06d}-{_digest(self.key, self.now.isoformat(), content)[:24]}.parquet"

    def write_part(self, path: Path, rows: "pl.DataFrame", note: str) -> None:
        """Write one part and a note inside it; it is there entirely or not at all."""
        started = path.with_suffix(f".{os.getpid()}.writing")
        rows.write_parquet(started, compression="lz4", metadata={NOTE: note})
        started.replace(path)

    def note_of(self, path: Path) -> str:
        """Return the note of a part."""
        import polars as pl

        return pl.read_parquet_metadata(path)[NOTE]

    def join(self, parts: Sequence[Path], out: Path, file_format: ExportFormat) -> None:
        """Join the parts into the export and remove the folder; an older export stays until the new one is complete."""
        join_parts(parts, self.path / f"joined.{os.getpid()}.writing", out, file_format)
        shutil.rmtree(self.path)


def join_parts(parts: Sequence[Path], started: Path, out: Path, file_format: ExportFormat) -> None:
    """Join parts into a file, which appears when it is complete; ``started`` is on the same disk."""
    import polars as pl

    rows = pl.scan_parquet(list(parts))
    match file_format:
        case ExportFormat.PARQUET:
            rows.sink_parquet(started, compression="zstd", maintain_order=True)
        case ExportFormat.CSV:
            rows.sink_csv(started, maintain_order=True, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        case ExportFormat.JSONL:
            rows.sink_ndjson(started, maintain_order=True)
    with started.open("rb") as written:
        os.fsync(written.fileno())
    started.replace(out)


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    now: datetime
    asked: dict[str, str]


def _begin(path: Path, key: str, now: datetime, asked: dict[str, str]) -> None:
    if path.exists():
        _refuse_strange_folder(path)
        shutil.rmtree(path)
    path.mkdir()
    started = path / "plan.writing"
    started.write_text(json.dumps({"key": key, "now": now.isoformat(), "asked": asked}, indent=1), "utf-8")
    started.replace(path / PLAN)


def _refuse_strange_folder(path: Path) -> None:
    names = [entry.name for entry in path.iterdir()] if path.is_dir() else [path.name]
    if PLAN not in names and any(not name.endswith(".writing") for name in names):
        raise InvalidRequestError(
            f"{path} is in the way",
            expected="a folder of parts of ours, or nothing",
            remedy="move it, or choose another --out",
        )


def _read_plan(path: Path) -> _Plan | None:
    try:
        plan = json.loads((path / PLAN).read_text("utf-8"))
        return _Plan(plan["key"], datetime.fromisoformat(plan["now"]).astimezone(UTC), plan["asked"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):
        return _Plan("", datetime.min.replace(tzinfo=UTC), {})


def _difference(begun: _Plan, asked: dict[str, str], key: str) -> str:
    if begun.key == key:
        return f"the interrupted export began at {begun.now:%Y-%m-%d %H:%M} UTC, too long ago"
    changed = sorted(
        name for name in asked.keys() | begun.asked.keys() if asked.get(name) != begun.asked.get(name)
    )
    return (
        f"{', '.join(changed)} changed since the interrupted export"
        if begun.key
        else "the interrupted export cannot be read"
    )


def _digest(*texts: str) -> str:
    return sha256("\0\0\0".join(texts).encode()).hexdigest()
