"""Events of a load that the log refuses: their identity is there already, with other content."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from recommender.errors import EventConflictError, InvalidSourceError
from recommender.events.adapters import EventSource
from recommender.storage.results import BulkCount

CONFLICT_COLUMNS: Final = ("source", "event_id", "type", "occurred_at", "customer_id", "order_id")
REMEDY: Final = (
    "what the log holds stays; to correct an order send order_cancelled for it and load the corrected order under a new "
    "order id, or load a return of what came back: docs/events.md"
)


def conflicts_path(stem: str, rejected: Path | None) -> Path:
    """Return where conflicting events are listed: ``<source>.conflicts.csv``, beside the rejected rows.

    Examples
    --------
    >>> conflicts_path("orders", Path("checks/bad.csv")).as_posix()
    'checks/orders.conflicts.csv'
    """
    name = f"{stem}.conflicts.csv"
    return Path(name) if rejected is None else rejected.with_name(name)


def write_conflicts(source: EventSource, conflicts: tuple[tuple[str, str], ...], path: Path) -> None:
    """List every conflicting event as the file has it, in the order of the file.

    Raises
    ------
    InvalidSourceError
        The list cannot be written; what was sound is in the log all the same.
    """
    table = pl.DataFrame(
        list(_rows(source, frozenset(conflicts))),
        schema=dict.fromkeys(CONFLICT_COLUMNS, pl.String),
        orient="row",
    )
    try:
        table.write_csv(path)
    except OSError as problem:
        raise InvalidSourceError(
            f"{len(conflicts):,} events conflict with the log, and their list cannot be written to {path}",
            expected="a folder that can be written to",
            found=str(problem),
            remedy="load again, which doubles nothing, and choose a folder with --rejected",
        ) from problem


def refuse_only_conflicts(events: BulkCount, path: Path) -> None:
    """Raise when a load brought conflicts and nothing else.

    Raises
    ------
    EventConflictError
        No event was written, and none of them was there before.
    """
    if events.accepted or events.duplicates or not events.conflicts:
        return
    raise EventConflictError(
        "no event was written",
        expected="events that are new, or that the log holds as they are",
        found=f"{len(events.conflicts):,} whose identity it holds with other content, listed in {path}",
        remedy=REMEDY,
    )


def _rows(source: EventSource, conflicts: frozenset[tuple[str, str]]) -> Iterator[tuple[str | None, ...]]:
    for event, _ in source.events():
        if (event.source, event.event_id) in conflicts:
            yield (
                event.source,
                event.event_id,
                str(event.__struct_config__.tag),
                event.occurred_at.isoformat(),
                event.customer_id,
                getattr(event, "order_id", None),
            )
