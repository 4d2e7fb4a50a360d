"""Everything that a playbook would have told, one by one."""

import csv
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from recommender.errors import InvalidRequestError
from training.simulate.answers import Told

COLUMNS: Final = (
    "customer_id",
    "at",
    "channel",
    "action",
    "item_id",
    "propensity",
    "expected_value",
    "goodwill",
    "accepted",
)
"""``at`` is a time in UTC; ``accepted`` is empty where responses are not drawn."""


def check_contacts_file(path: Path, *, option: str) -> Path:
    """Return the path itself when its name says what it shall be; ``option`` is what named it.

    Raises
    ------
    InvalidRequestError
        It ends neither with .csv nor with .jsonl, or its folder does not exist.
    """
    if path.suffix not in {".csv", ".jsonl"} or not path.absolute().parent.is_dir():
        raise InvalidRequestError(
            f"{option} cannot be written",
            expected="a .csv or .jsonl file in a folder that exists",
            found=str(path),
        )
    return path


def write_contacts(path: Path, rows: Iterable[Told], id_of: Callable[[int], str]) -> int:
    """Write rows as CSV or JSON Lines; return how many."""
    written = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n") if path.suffix == ".csv" else None
        if writer is not None:
            writer.writeheader()
        for row in rows:
            cells = dict(zip(COLUMNS, _cells(row, id_of), strict=True))
            if writer is not None:
                writer.writerow(cells)
            else:
                file.write(orjson.dumps(cells).decode() + "\n")
            written += 1
    return written


def _cells(row: Told, id_of: Callable[[int], str]) -> tuple[object, ...]:
    at = datetime.fromtimestamp(row.at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    item = None if row.item is None else id_of(row.item)
    return (
        row.customer_id,
        at,
        row.channel or None,
        row.action,
        item,
        row.propensity,
        row.expected,
        row.amount,
        row.accepted,
    )
