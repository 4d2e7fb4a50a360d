"""The file of bad rows, which a person opens beside the original."""

from pathlib import Path

import polars as pl

from recommender.errors import InvalidSourceError


def rejects_path(stem: str, given: Path | None) -> Path:
    """Return where bad rows go: the given path, or ``<source>.rejected.csv`` in the working directory."""
    return Path(f"{stem}.rejected.csv") if given is None else given


def write_rejects(rejected: pl.DataFrame, path: Path) -> None:
    """Write line, column, value and reason of every bad row.

    Raises
    ------
    InvalidSourceError
        The file cannot be written; nothing else has been written either.
    """
    try:
        rejected.write_csv(path)
    except OSError as problem:
        raise InvalidSourceError(
            f"the bad rows cannot be written to {path}",
            found=str(problem),
            remedy="choose a file with --rejected",
        ) from problem
