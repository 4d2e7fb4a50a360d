"""``rapport catalog promotions``: what is planned for the items, and since when that is known."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.commands.options import AllowBad, DryRun, Rejected

if TYPE_CHECKING:
    from rich.console import Console

    from training.promotion_files import PromotionFile, PromotionOptions

SOURCE_HELP = "A CSV, Parquet, JSON Lines or XLSX file, or: complete-journey. Without it, what runs and is planned is listed."
COLUMNS_HELP = (
    "Which column is which: item_id=sku,from=start,... of item_id or item_group_id, from, until, kind, price or discount, where, "
    "share, announced_at, withdrawn_at. Columns of these names need no mapping."
)
LEAD_HELP = "How long before its begin a promotion was known, where the file has no announced_at: 7d. Default: it was not."
PLACES_HELP = "How many stores or regions the shop has. Default: as many as the column where names."
REPLACE_HELP = "The file is the whole plan, without a bad row: call off, as of now, whatever has not ended and is not in it."


def promotions(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    source: Annotated[str | None, typer.Argument(help=SOURCE_HELP)] = None,
    columns: Annotated[str, typer.Option(help=COLUMNS_HELP, show_default=False)] = "",
    timezone: Annotated[str, typer.Option(help="Zone of times without offset.")] = "UTC",
    lead: Annotated[str | None, typer.Option(help=LEAD_HELP)] = None,
    places: Annotated[int | None, typer.Option(min=1, help=PLACES_HELP)] = None,
    least_share: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out what runs in a smaller share of the places.")
    ] = 0.0,
    replace: Annotated[bool, typer.Option("--replace", help=REPLACE_HELP)] = False,
    rejected: Rejected = None,
    allow_bad: AllowBad = False,
    dry_run: DryRun = False,
    item: Annotated[str | None, typer.Option(help="List all promotions of this item.")] = None,
    at: Annotated[str | None, typer.Option(help="List what was known at this time. Default: now.")] = None,
    most: Annotated[int, typer.Option(min=1, help="List at most so many.")] = 20,
) -> None:
    """Load promotions, or list them.

    What is loaded is added to what is there; the same item, kind, period and announcement again is a correction.
    A decision uses what was announced at its time. Without announced_at or --lead that is when a promotion begins.
    """
    from recommender.events.adapters.columns import parse_mapping
    from training.promotion_files import PROMOTION_COLUMNS, PromotionOptions

    if source is None:
        if replace:
            raise typer.BadParameter(
                "needs the file that is the whole plan; without a file the plan is only listed",
                param_hint="--replace",
            )
        _list(item, _moment(at), most)
        return
    if item is not None or at is not None:
        raise typer.BadParameter("lists what is loaded; leave the file out", param_hint="--item, --at")
    options = PromotionOptions(
        parse_mapping(columns, PROMOTION_COLUMNS), timezone, _duration(lead), places, least_share
    )
    checks = _Checks(rejected, allow_bad, dry_run)
    _load(source, options, checks, replace=replace)


@dataclass(frozen=True, slots=True)
class _Checks:
    """What to do about bad rows."""

    rejected: Path | None
    allow_bad: bool
    dry_run: bool


def _load(source: str, options: "PromotionOptions", checks: _Checks, *, replace: bool) -> None:
    from rich.console import Console

    from recommender.engine.engine import Engine
    from recommender.engine.settings import Settings
    from recommender.events.adapters.read_source import source_stem
    from training.ingest import refuse_bad_rows
    from training.ingest_rejects import rejects_path, write_rejects
    from training.promotion_loading import refuse_partial_plan, withdraw_rest, write_promotions
    from training.promotion_sources import read_promotions

    console = Console(soft_wrap=True)
    with Engine.open(Settings.load()) as engine:
        with console.status(f"reading and checking {source}"):
            read = read_promotions(source, options, engine.catalogue())
        has_file = read.rejected.height > 0 and (not checks.dry_run or checks.rejected is not None)
        path = rejects_path(source_stem(source), checks.rejected) if has_file else None
        if path is not None:
            write_rejects(read.rejected, path)
        _describe(read, path, console)
        if checks.dry_run:
            console.print("dry run: nothing was written")
            return
        if replace:
            refuse_partial_plan(read.rejected)
        refuse_bad_rows(read.rejected, read.rows, allow_bad=checks.allow_bad)
        with console.status(f"writing {read.plan.height:,} promotions"):
            told = write_promotions(engine, read.plan)
        console.print(told, highlight=False)
        if replace:
            console.print(withdraw_rest(engine, read.plan, datetime.now(UTC)), highlight=False)


def _list(item: str | None, at: datetime, most: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from recommender.engine.opening import open_log
    from recommender.engine.settings import Settings
    from training.promotion_show import HEADER, promotion_lines, promotion_totals

    console = Console(soft_wrap=True)
    with open_log(Settings.load()) as log:
        catalogue, planned = log.catalogue(), log.promotions()
    table = Table(*HEADER, box=None, header_style="bold", pad_edge=False)
    for line in promotion_lines(planned, catalogue, at=at, item_id=item, most=most):
        table.add_row(*line)
    if table.row_count:
        console.print(table)
    console.print(promotion_totals(planned, at=at), highlight=False)


def _describe(read: "PromotionFile", path: Path | None, console: "Console") -> None:
    from training.ingest_summary import describe_rejected

    mapped = ", ".join(f"{ours}={theirs}" for ours, theirs in read.columns.items())
    beside = f"; columns {mapped}" if mapped else ""
    kinds = ", ".join(read.plan["kind"].unique().sort())
    console.print(
        f"{read.plan.height:,} promotions ({kinds}) in {read.rows:,} rows{beside}",
        highlight=False,
        markup=False,
    )
    for note in read.notes:
        console.print(f"  note        {note}", highlight=False, markup=False)
    if read.ignored:
        console.print(f"  ignored     {', '.join(read.ignored)}", highlight=False, markup=False)
    describe_rejected(read.rejected, read.bad_share, path, console)


def _duration(text: str | None) -> timedelta:
    from training.times import parse_duration

    return timedelta(0) if text is None else parse_duration(text, option="--lead")


def _moment(text: str | None) -> datetime:
    from training.times import parse_moment

    return datetime.now(UTC) if text is None else parse_moment(text, option="--at")
