"""JSON Lines that hold one event per line: Rapport's own, or Segment's."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import polars as pl

from recommender.errors import InvalidEventError
from recommender.events.adapters.item_rows import item_rows
from recommender.events.adapters.json_table import json_lines, without_position
from recommender.events.adapters.rejects import RejectRow, reject_table
from recommender.events.adapters.segment import SOURCE, TrackCall, products_of, segment_event
from recommender.events.adapters.shapes import Shape
from recommender.events.adapters.source import EventSource, SourceCounts
from recommender.events.as_sent import check_as_sent
from recommender.events.codec import EVENT_TYPES, decode_event
from recommender.events.validation import check_event
from recommender.events.vocabulary import AnyEvent, Purchase, Return

FIELD = re.compile(r"[a-z][A-Za-z_]*(?:[.\[][A-Za-z0-9_.\[\]]*)?")
"""A field's path, with which a message about it begins."""


def is_rapport(row: dict[str, object]) -> bool:
    """Return whether a JSON object says that it is one of our events."""
    return row.get("type") in EVENT_TYPES or {"type", "event_id", "occurred_at"} <= row.keys()


def rapport_source(path: Path, now: datetime) -> EventSource:
    """Return a file of Rapport's own events, of every type; each names its source itself."""
    return _event_source(path, _RapportReader(), now)


def segment_source(path: Path, now: datetime, source_name: str | None = None) -> EventSource:
    """Return a file of Segment calls."""
    return _event_source(path, _SegmentReader(SOURCE if source_name is None else source_name), now)


class _RapportReader:
    shape, title, source_name = "rapport-events", "Rapport's own events", None

    def read(self, line: bytes) -> AnyEvent | str:
        event = decode_event(line)
        check_as_sent(line, event)
        return event

    def items(self) -> pl.DataFrame | None:
        return None


class _SegmentReader:
    shape, title = "segment", "Segment track calls"

    def __init__(self, source_name: str) -> None:
        self.source_name: str | None = source_name
        self._source = source_name
        self._decoder = msgspec.json.Decoder(TrackCall, strict=True)
        self._names: Counter[tuple[str, str | None, str | None]] = Counter()

    def read(self, line: bytes) -> AnyEvent | str:
        try:
            call = self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            raise InvalidEventError(without_position(line, problem)) from None
        event = segment_event(call, self._source)
        if not isinstance(event, str):
            self._names.update(
                (product.item_id, product.name, product.category) for product in products_of(call)
            )
        return event

    def items(self) -> pl.DataFrame | None:
        columns = dict.fromkeys(("item_id", "item_name", "category"), pl.String)
        rows = pl.DataFrame(list(self._names.elements()), schema=columns, orient="row")
        items = item_rows(
            rows.with_columns(pl.col("category").str.replace_all("/", ">", literal=True)), Shape("", "", "")
        )
        return items if items.height else None


@dataclass(slots=True)
class _Tally:
    """What the checking pass saw."""

    rows: int = 0
    lines: int = 0
    events: int = 0
    returned_lines: int = 0
    guest_orders: int = 0
    customers: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    rejected: list[RejectRow] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def take(self, event: AnyEvent) -> None:
        self.events += 1
        self.lines += _lines_of(event)
        self.first = event.occurred_at if self.first is None else min(self.first, event.occurred_at)
        self.last = event.occurred_at if self.last is None else max(self.last, event.occurred_at)
        if event.customer_id is not None:
            self.customers.add(event.customer_id)
        if isinstance(event, Purchase | Return):
            self.items.update(line.item_id for line in event.lines)
            self.returned_lines += len(event.lines) if isinstance(event, Return) else 0
            self.guest_orders += isinstance(event, Purchase) and event.customer_id is None

    def counts(self) -> SourceCounts:
        return SourceCounts(
            self.rows,
            self.lines,
            self.events,
            len(self.customers),
            len(self.items),
            self.returned_lines,
            self.guest_orders,
            self.first,
            self.last,
        )


def _event_source(path: Path, reader: _RapportReader | _SegmentReader, now: datetime) -> EventSource:
    tally = _Tally()
    for number, line in json_lines(path):
        tally.rows += 1
        try:
            event = reader.read(line)
            if isinstance(event, str):
                tally.skipped[event] += 1
            else:
                tally.take(check_event(event, now=now))
        except InvalidEventError as error:
            tally.rejected.append((str(number), *_column_and_reason(error, line)))
    return EventSource(
        shape=reader.shape,
        title=reader.title,
        source_name=reader.source_name,
        time_zone="as written (every time carries its offset)",
        counts=tally.counts(),
        events=_again(path, reader.read, now),
        rejected=reject_table(tally.rejected),
        skipped=dict(tally.skipped.most_common()),
        items=reader.items(),
    )


def _again(
    path: Path, read: Callable[[bytes], AnyEvent | str], now: datetime
) -> Callable[[], Iterator[tuple[AnyEvent, int]]]:
    def events() -> Iterator[tuple[AnyEvent, int]]:
        for _, line in json_lines(path):
            try:
                event = read(line)
                if not isinstance(event, str):
                    yield check_event(event, now=now), _lines_of(event)
            except InvalidEventError:
                continue  # counted in the checking pass

    return events


def _lines_of(event: AnyEvent) -> int:
    return len(event.lines) if isinstance(event, Purchase | Return) else 1


def _column_and_reason(error: InvalidEventError, line: bytes) -> tuple[str, str, str]:
    """Return the field that the message begins with, what was found, and the reason in words that repeat."""
    first, _, rest = error.message.partition(" ")
    if not FIELD.fullmatch(first):
        first, rest = "(row)", error.message
    return first, error.found or line[:200].decode(errors="replace"), rest
