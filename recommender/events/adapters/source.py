"""What a file turned out to be: counts for a person, rows set aside, items, and the events themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from recommender.events.adapters.rejects import reject_table
from recommender.events.vocabulary import AnyEvent


@dataclass(frozen=True, slots=True)
class AdaptedBatch:
    """Consecutive events and the number of lines of the file they hold."""

    events: tuple[AnyEvent, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """Totals of the sound part of a source; ``first`` and ``last`` are null without events."""

    rows: int
    lines: int
    events: int
    customers: int
    items: int
    returned_lines: int = 0
    guest_orders: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventSource:
    """A file after the checking pass; nothing is written yet.

    ``items`` has item_id, name, category and is_product, or is ``None`` where the file says nothing about items.
    ``orders`` has one row per order or return, with lists of its lines' parts, where the file was a table.
    ``source_name`` is ``None`` when the events name their own source. ``events`` may be called again; it yields each
    event with the number of lines it holds.
    """

    shape: str
    title: str
    source_name: str | None
    time_zone: str
    counts: SourceCounts
    events: Callable[[], Iterator[tuple[AnyEvent, int]]]
    columns: dict[str, str] = field(default_factory=dict)
    rejected: pl.DataFrame = field(default_factory=reject_table)
    skipped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    items: pl.DataFrame | None = None
    orders: pl.DataFrame | None = None

    @property
    def bad_share(self) -> float:
        """Rejected rows among all rows, 0 to 1."""
        return self.rejected.height / max(1, self.counts.rows)

    def batches(self, lines: int) -> Iterator[AdaptedBatch]:
        """Yield the events in batches of about so many lines, never splitting an event."""
        batch: list[AnyEvent] = []
        held = 0
        for event, count in self.events():
            batch.append(event)
            held += count
            if held >= lines:
                yield AdaptedBatch(tuple(batch), held)
                batch, held = [], 0
        if batch:
            yield AdaptedBatch(tuple(batch), held)
