"""One door for every source of events: a file of any kind and shape, or a data set known by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from recommender.errors import InvalidSourceError
from recommender.events.adapters.chosen_rows import chosen_rows
from recommender.events.adapters.complete_journey import complete_journey_file
from recommender.events.adapters.event_file import is_rapport, rapport_source, segment_source
from recommender.events.adapters.json_table import first_object
from recommender.events.adapters.lines import Reading
from recommender.events.adapters.order_file import find_shape, named, order_source
from recommender.events.adapters.read_table import file_kind, read_table
from recommender.events.adapters.segment import is_segment
from recommender.events.adapters.source import AdaptedBatch, EventSource
from recommender.events.adapters.timestamps import DateOrder, check_time_zone

COMPLETE_JOURNEY = "complete-journey"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a person may say about a source; all of it may be left out.

    ``columns`` maps parts of an order line to columns. ``time_zone`` (IANA) is that of naive times: by default the
    shape's own, else UTC. ``source_name`` replaces the shape's. ``where`` chooses rows of a table by the values of columns.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    source_name: str | None = None
    date_order: DateOrder | None = None
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)


def open_source(name: str, options: SourceOptions, *, now: datetime) -> EventSource:
    """Return what a source holds, every row checked and nothing written.

    Parameters
    ----------
    name
        Path of a file, or ``complete-journey``.
    options
        See :class:`SourceOptions`.
    now
        The clock, aware; later times than tomorrow are rejected.

    Raises
    ------
    InvalidSourceError
        It cannot be read, or its columns or dates cannot be understood.
    """
    path = source_path(name)
    if options.time_zone is not None:
        check_time_zone(options.time_zone)
    if file_kind(path) == "jsonl" and not options.columns:
        row = first_object(path)
        if is_segment(row) or is_rapport(row):
            _refuse_where(options)
        if is_segment(row):
            return segment_source(path, now, options.source_name)
        if is_rapport(row):
            _refuse_source_name(options)
            return rapport_source(path, now)
    table, skipped = chosen_rows(read_table(path), options.where)
    shape = named(find_shape(table.columns, options.columns), options.source_name)
    zone = next(zone for zone in (options.time_zone, shape.time_zone, "UTC") if zone is not None)
    source = order_source(table, path, shape, Reading(zone, now, options.date_order))
    return replace(source, skipped=skipped | source.skipped)


def read_source(
    path: Path,
    mapping: Mapping[str, str],
    time_zone: str,
    *,
    lines: int = 50_000,
    now: datetime | None = None,
) -> Iterator[AdaptedBatch]:
    """Yield the events of a file in batches of about ``lines`` order lines; bad rows are left out.

    Raises
    ------
    InvalidSourceError
        See :func:`open_source`, which also tells what was left out.
    """
    clock = datetime.now(UTC) if now is None else now
    yield from open_source(str(path), SourceOptions(mapping, time_zone), now=clock).batches(lines)


def source_path(name: str) -> Path:
    """Return the file of a source; a file of the name comes before the data set of that name."""
    path = Path(name)
    if name == COMPLETE_JOURNEY and not path.is_file():
        return complete_journey_file()
    return path


def source_stem(name: str) -> str:
    """Return the word that files about this source begin with: ``orders`` for ``/data/orders.csv``."""
    return COMPLETE_JOURNEY if name == COMPLETE_JOURNEY else Path(name).stem or "source"


def _refuse_where(options: SourceOptions) -> None:
    if options.where:
        raise InvalidSourceError(
            "the events of this file say themselves what they are",
            found="--where " + next(iter(options.where)),
            remedy="leave --where out",
        )


def _refuse_source_name(options: SourceOptions) -> None:
    if options.source_name is not None:
        raise InvalidSourceError(
            "the events of this file name their own source",
            found=f"--source-name {options.source_name}",
            remedy="leave --source-name out",
        )
