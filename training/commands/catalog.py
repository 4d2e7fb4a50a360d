"""``rapport catalog``: what the shop sells."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.commands.options import AllowBad, DryRun, Rejected
from training.commands.promotions import promotions

if TYPE_CHECKING:
    from rich.console import Console

    from training.catalog_files import CatalogFile

COLUMNS_HELP = (
    "Which column is which: item_id=sku,name=title,... of item_id, name, item_group_id, category, price, currency, url, image, "
    "available, active_from, active_until, ownership, is_product. Columns of these names need no mapping."
)
FILE_HELP = "A CSV, Parquet, JSON Lines or XLSX file with a row per item."
SEPARATOR_HELP = "What stands between the levels of a category."


def register(app: typer.Typer) -> None:
    """Add the commands to ``rapport``."""
    catalog = typer.Typer(
        help="What the shop sells: load items, look at one, say how often anybody needs one, and what is promoted when.",
        no_args_is_help=True,
    )
    catalog.command("load", no_args_is_help=True)(load)
    catalog.command("show", no_args_is_help=True)(show)
    catalog.command("ownership", no_args_is_help=True)(ownership)
    catalog.command("promotions")(promotions)
    app.add_typer(catalog, name="catalog")


def load(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    file: Annotated[Path, typer.Argument(help=FILE_HELP)],
    columns: Annotated[str, typer.Option(help=COLUMNS_HELP, show_default=False)] = "",
    attributes: Annotated[
        str,
        typer.Option(
            help="Columns to keep as attributes, by comma. Columns named attributes.<name> are kept anyway."
        ),
    ] = "",
    separator: Annotated[str, typer.Option(help=SEPARATOR_HELP)] = ">",
    timezone: Annotated[
        str, typer.Option(help="Zone of active_from and active_until without offset.")
    ] = "UTC",
    ownership: Annotated[
        Path | None, typer.Option(help="Ownership rules to load as well; see: rapport catalog ownership.")
    ] = None,
    rejected: Rejected = None,
    allow_bad: AllowBad = False,
    dry_run: DryRun = False,
) -> None:
    """Load items. What the file has no column for stays as it was; an item that did not change writes nothing."""
    from rich.console import Console

    from recommender.events.adapters.columns import parse_mapping
    from training.catalog_files import ITEM_COLUMNS, CatalogOptions, read_catalog_file
    from training.catalog_loading import write_catalog
    from training.catalog_ownership import read_rules
    from training.ingest import refuse_bad_rows
    from training.ingest_rejects import rejects_path, write_rejects

    console = Console(soft_wrap=True)
    names = tuple(name.strip() for name in attributes.split(",") if name.strip())
    options = CatalogOptions(parse_mapping(columns, ITEM_COLUMNS), names, separator, timezone)
    read = read_catalog_file(file, options)
    rules = None if ownership is None else read_rules(ownership, separator)
    path = rejects_path(file.stem, rejected)
    has_file = read.rejected.height > 0 and (not dry_run or rejected is not None)
    if has_file:
        write_rejects(read.rejected, path)
    _describe(read, path if has_file else None, console)
    if dry_run:
        console.print("dry run: nothing was written")
        return
    refuse_bad_rows(read.rejected, read.rows, allow_bad=allow_bad)
    console.print(write_catalog(read, rules), highlight=False)


def show(item: Annotated[str, typer.Argument(help="The id of an item.")]) -> None:
    """Show what is known of an item."""
    from recommender.engine.opening import open_log
    from recommender.engine.settings import Settings
    from training.catalog_show import describe_item

    with open_log(Settings.load()) as log:
        lines = describe_item(log.catalogue(), item)
    for label, text in lines:
        typer.echo(f"{label:<12}{text}")


def ownership(
    file: Annotated[
        Path, typer.Argument(help="Rules: columns kind, cool_down_days, item_group_id or category; or JSON.")
    ],
    separator: Annotated[str, typer.Option(help=SEPARATOR_HELP)] = ">",
) -> None:
    """Replace all ownership rules: own_once, consumable or cool_down with days, per group or category (* is every item)."""
    from recommender.engine.engine import Engine
    from recommender.engine.settings import Settings
    from training.catalog_ownership import read_rules

    rules = read_rules(file, separator)
    with Engine.open(Settings.load()) as engine:
        version = engine.put_ownership(rules)
    typer.echo(f"{len(rules):,} ownership rules hold now; catalogue version {version}")


def _describe(read: "CatalogFile", path: Path | None, console: "Console") -> None:
    from training.ingest_summary import describe_rejected

    mapped = ", ".join(f"{ours}={theirs}" for ours, theirs in read.columns.items())
    console.print(
        f"{len(read.items):,} items in {read.rows:,} rows; columns {mapped}", highlight=False, markup=False
    )
    for note in read.notes:
        console.print(f"  note        {note}", highlight=False, markup=False)
    if read.ignored:
        console.print(
            f"  ignored     {', '.join(read.ignored)} (keep them with --attributes)",
            highlight=False,
            markup=False,
        )
    describe_rejected(read.rejected, read.bad_share, path, console)
