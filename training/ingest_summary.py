"""What a person reads before and after a load."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from rich.console import Console

from recommender.events.adapters import EventSource, SourceCounts
from recommender.events.adapters.rejects import reject_counts
from training.ingest import Loaded
from training.ingest_conflicts import REMEDY

MOST_REASONS = 12


def describe_source(source: EventSource, console: Console) -> None:
    """Print what the source was taken for, before anything is written."""
    console.print(f"[bold]{source.title}[/bold] ({source.shape})", highlight=False)
    for name, value in _facts(source):
        console.print(f"  {name:<12}{value}", highlight=False, markup=False)


def describe_counts(source: EventSource, unmatched: int | None, console: Console) -> None:
    """Print the totals of the sound part of a source."""
    for name, value in _totals(source.counts, unmatched):
        console.print(f"  {name:<12}{value}", highlight=False, markup=False)


def describe_left_out(source: EventSource, rejects: Path | None, console: Console) -> None:
    """Print how many rows were skipped or rejected, per reason."""
    if source.skipped:
        console.print(f"skipped {sum(source.skipped.values()):,} rows on purpose:", highlight=False)
        _print_reasons(source.skipped, console)
    describe_rejected(source.rejected, source.bad_share, rejects, console)


def describe_rejected(rejected: pl.DataFrame, share: float, path: Path | None, console: Console) -> None:
    """Print how many bad rows there are, per reason, and where they are listed."""
    if not rejected.height:
        return
    beside = "" if path is None else f", listed in {path}"
    console.print(
        f"rejected {rejected.height:,} bad rows ({share:.1%}){beside}:", highlight=False, markup=False
    )
    _print_reasons(reject_counts(rejected), console)


def describe_loaded(
    loaded: Loaded, lines: int, seconds: float, conflicts: Path | None, console: Console
) -> None:
    """Print what was written, how fast, where the events are listed that were not, and what to type next."""
    events = loaded.events
    rate = lines / max(seconds, 1e-9)
    console.print(
        f"[green]written[/green] {events.accepted:,} events, {events.duplicates:,} were there already, "
        f"{loaded.new_items:,} new items; {seconds:.1f} s, {rate:,.0f} lines/s",
        highlight=False,
    )
    if events.suppressed:
        console.print(
            f"[yellow]kept out[/yellow] {events.suppressed:,} events of erased customers; "
            "'rapport erase --lift CUSTOMER' lets somebody in who came back",
            highlight=False,
        )
    if conflicts is not None:
        _print_conflicts(len(events.conflicts), conflicts, console)
    if events.accepted or loaded.new_items:
        console.print("next: [bold]rapport train[/bold]", highlight=False)


def _facts(source: EventSource) -> Iterator[tuple[str, str]]:
    if source.columns:
        yield "columns", ", ".join(f"{ours}={theirs}" for ours, theirs in source.columns.items())
    yield "time zone", source.time_zone
    yield "source name", source.source_name if source.source_name is not None else "as each event says"
    for note in source.notes:
        yield "note", note


def _totals(counts: SourceCounts, unmatched: int | None) -> Iterator[tuple[str, str]]:
    guests = f", and {counts.guest_orders:,} orders by guests" if counts.guest_orders else ""
    yield "events", f"{counts.events:,} holding {counts.lines:,} lines, of {counts.rows:,} rows"
    yield "customers", f"{counts.customers:,}{guests}"
    yield "items", f"{counts.items:,}"
    if counts.first is not None and counts.last is not None:
        yield "from, to", f"{counts.first:%Y-%m-%d %H:%M} to {counts.last:%Y-%m-%d %H:%M} UTC"
    if counts.returned_lines:
        surplus = "" if unmatched is None else f", {unmatched:,} of more than was bought before in this file"
        yield "returned", f"{counts.returned_lines:,} lines{surplus}"


def _print_reasons(counts: dict[str, int], console: Console) -> None:
    for reason, count in list(counts.items())[:MOST_REASONS]:
        console.print(f"  {count:>9,}  {reason}", highlight=False, markup=False)
    if len(counts) > MOST_REASONS:
        rest = sum(list(counts.values())[MOST_REASONS:])
        console.print(f"  {rest:>9,}  for {len(counts) - MOST_REASONS} other reasons", highlight=False)


def _print_conflicts(count: int, path: Path, console: Console) -> None:
    console.print("[yellow]not written[/yellow]", end=" ")
    console.print(
        f"{count:,} events whose identity the log holds with other content, listed in {path}\n  {REMEDY}",
        highlight=False,
        markup=False,
    )
