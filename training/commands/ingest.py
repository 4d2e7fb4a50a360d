"""``rapport ingest``: purchases from a file into the log."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from training.commands.options import AllowBad, DateOrderText, DryRun, Rejected, Where, date_order_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from recommender.events.adapters import EventSource, SourceOptions
    from training.ingest import Advance, Loaded

COLUMNS_HELP = (
    "Which column is which: customer_id=...,item_id=...,occurred_at=..., and if there are any quantity, unit_price, order_id, "
    "item_name, category, event_id, currency, discount, channel, store_id."
)


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command("ingest", no_args_is_help=True)(ingest)


def ingest(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    source: Annotated[
        str, typer.Argument(help="A CSV, Parquet, JSON Lines or XLSX file, or: complete-journey")
    ],
    columns: Annotated[str, typer.Option(help=COLUMNS_HELP, show_default=False)] = "",
    timezone: Annotated[
        str | None,
        typer.Option(
            help="Zone of times without offset, such as Europe/London. Known shapes know theirs, else UTC."
        ),
    ] = None,
    source_name: Annotated[
        str | None,
        typer.Option(
            help="Name of the shop or system that the events are from. Orders of a customer with one number are one order "
            "under any name: shops that count alike need their own numbers."
        ),
    ] = None,
    date_order: DateOrderText = None,
    where: Where = None,
    rejected: Rejected = None,
    chunk_rows: Annotated[
        int | None,
        typer.Option(
            min=1, help="Show what was loaded to decisions after so many lines. Default: at the end."
        ),
    ] = None,
    allow_bad: AllowBad = False,
    dry_run: DryRun = False,
) -> None:
    """Load purchases and other events into the log.

    Known without --columns: UCI Online Retail I and II, Complete Journey, Segment calls, Rapport's own events.
    Loading something again changes nothing. Bad rows are listed in a file, good ones are kept. So are events that
    the log holds with other content, which stays; when nothing else came, the exit code is 2.
    """
    from rich.console import Console

    from recommender.events.adapters import SourceOptions, source_stem
    from recommender.events.adapters.chosen_rows import parse_where
    from recommender.events.adapters.columns import parse_mapping
    from training.ingest import refuse_bad_rows
    from training.ingest_conflicts import conflicts_path, refuse_only_conflicts, write_conflicts
    from training.ingest_rejects import rejects_path, write_rejects
    from training.ingest_summary import describe_left_out, describe_loaded

    console, started = Console(soft_wrap=True), time.monotonic()
    options = SourceOptions(
        parse_mapping(columns), timezone, source_name, date_order_of(date_order), parse_where(where or [])
    )
    checked = _check(source, options, console)
    has_file = checked.rejected.height > 0 and (not dry_run or rejected is not None)
    path = rejects_path(source_stem(source), rejected) if has_file else None
    if path is not None:
        write_rejects(checked.rejected, path)
    describe_left_out(checked, path, console)
    if dry_run:
        console.print("dry run: nothing was written")
        return
    refuse_bad_rows(checked.rejected, checked.counts.rows, allow_bad=allow_bad)
    loaded = _load(checked, chunk_rows, console)
    seconds = time.monotonic() - started
    conflicts = conflicts_path(source_stem(source), rejected)
    if loaded.events.conflicts:
        write_conflicts(checked, loaded.events.conflicts, conflicts)
    refuse_only_conflicts(loaded.events, conflicts)
    listed = conflicts if loaded.events.conflicts else None
    describe_loaded(loaded, checked.counts.lines, seconds, listed, console)


def _check(source: str, options: "SourceOptions", console: "Console") -> "EventSource":
    from datetime import UTC, datetime

    from recommender.events.adapters import open_source
    from training.ingest_summary import describe_counts, describe_source

    with console.status(f"reading and checking {source}"):
        checked = open_source(source, options, now=datetime.now(UTC))
        unmatched = _unmatched(checked)
    describe_source(checked, console)
    describe_counts(checked, unmatched, console)
    return checked


def _unmatched(source: "EventSource") -> int | None:
    if source.orders is None or not source.counts.returned_lines:
        return None
    from training.ingest_returns import unmatched_returns

    return unmatched_returns(source.orders, names_order=source.shape != "online-retail")


def _load(source: "EventSource", chunk_rows: int | None, console: "Console") -> "Loaded":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from recommender.engine.engine import Engine
    from recommender.engine.settings import Settings
    from training.ingest import load_source

    rate = TextColumn("{task.fields[rate]} lines/s")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        rate,
        TimeRemainingColumn(),
    )
    with Engine.open(Settings.load()) as engine, Progress(*columns, console=console) as progress:
        return load_source(
            source, engine, advance=_shown(progress, source.counts.lines), lines_per_step=chunk_rows
        )


def _shown(progress: "Progress", total: int) -> "Advance":
    """Return a function that moves the bar, ten times a second at most."""
    task, started = progress.add_task("loading", total=total, rate="-"), time.monotonic()
    state = {"done": 0, "shown": started}

    def advance(lines: int) -> None:
        state["done"] += lines
        now = time.monotonic()
        done = state["done"] >= total
        if now - state["shown"] < 0.1 and not done:
            return
        state["shown"] = now
        rate = f"{state['done'] / max(now - started, 1e-9):,.0f}"
        progress.update(
            task, completed=state["done"], rate=rate, description="updating customers" if done else "loading"
        )

    return advance
