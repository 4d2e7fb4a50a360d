"""Loading a checked source: items first, then events, all of it repeatable.

Every event has an identity that depends on the data alone, so a load that is repeated, or repeated after it was killed, adds
what is missing and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import polars as pl

from recommender.catalog import CatalogItem, Catalogue
from recommender.errors import TooManyBadRowsError
from recommender.events.adapters import EventSource
from recommender.events.adapters.checks import NO_TIME
from recommender.events.adapters.rejects import reject_counts
from recommender.events.adapters.timestamps import READABLE
from recommender.events.vocabulary import AnyEvent
from recommender.storage.results import BulkCount
from training.ingest_items import new_items

MOST_BAD_SHARE = 0.05
ITEMS_PER_WRITE = 20_000

Advance: TypeAlias = Callable[[int], object]
"""Told how many more order lines are on their way into the log."""


class Installation(Protocol):
    """What a load needs of the engine (an event log alone has it too)."""

    def catalogue(self) -> Catalogue:
        """Return the catalogue."""

    def put_items(self, items: Sequence[CatalogItem]) -> int:
        """Write items and return the catalogue's version."""

    def append_bulk(self, events: Iterable[AnyEvent]) -> BulkCount:
        """Append many events."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load wrote: what became of the events, and how many items were new."""

    events: BulkCount
    new_items: int


def refuse_bad_rows(rejected: pl.DataFrame, rows: int, *, allow_bad: bool) -> None:
    """Raise when more than 5 % of the rows are bad, unless that is allowed.

    Raises
    ------
    TooManyBadRowsError
        With the commonest reasons; nothing has been written.
    """
    if allow_bad or rejected.height <= MOST_BAD_SHARE * rows:
        return
    counts = list(reject_counts(rejected).items())[:3]
    reasons = "; ".join(f"{count:,} x {reason}" for reason, count in counts)
    forms = f"write times such as {READABLE}; " if NO_TIME in reasons else ""
    raise TooManyBadRowsError(
        "too many bad rows, nothing was written",
        expected=f"at most {MOST_BAD_SHARE:.0%} of {rows:,} rows",
        found=f"{rejected.height:,} ({reasons})",
        remedy=f"{forms}mend the file or the --columns, or load the good rows with --allow-bad",
    )


def load_source(
    source: EventSource, installation: Installation, *, advance: Advance, lines_per_step: int | None = None
) -> Loaded:
    """Write the items that the catalogue does not know yet, then every event.

    Parameters
    ----------
    source
        Checked; see :func:`recommender.events.adapters.open_source`.
    installation
        Where to.
    advance
        Called with the number of order lines of each event as it is handed on.
    lines_per_step
        Make what was loaded visible to customers' states after so many lines; ``None``: once, at the end, which is fastest.

    Raises
    ------
    LogUnavailableError
        The log does not answer. Repeat the load: nothing is lost and nothing doubled.
    """
    items = new_items(source.items, installation.catalogue())
    for start in range(0, len(items), ITEMS_PER_WRITE):
        installation.put_items(items[start : start + ITEMS_PER_WRITE])
    if lines_per_step is None:
        return Loaded(installation.append_bulk(_counted(source.events(), advance)), len(items))
    total = BulkCount()
    for batch in source.batches(lines_per_step):
        total += installation.append_bulk(batch.events)
        advance(batch.lines)
    return Loaded(total, len(items))


def _counted(events: Iterator[tuple[AnyEvent, int]], advance: Advance) -> Iterator[AnyEvent]:
    for event, lines in events:
        advance(lines)
        yield event
