"""``rapport promises``: what the brand owes to whom, and what is overdue."""

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from recommender.playbook.model import Playbook
    from training.promises import Promises


class PromisesFormat(enum.StrEnum):
    """How promises are printed."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command()(promises)


def promises(  # noqa: PLR0913  # one parameter per option
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    within: Annotated[
        str | None,
        typer.Option(help="Only what is overdue, due, or due so soon: 30d, 2w.", show_default=False),
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer's.", show_default=False)] = None,
    closed: Annotated[
        bool,
        typer.Option("--closed", help="Also what is satisfied or ended, such as a warranty that ran out."),
    ] = False,
    file_format: Annotated[
        PromisesFormat, typer.Option("--format", help="A table to read, or rows for other programs.")
    ] = PromisesFormat.TABLE,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="As if it were then: a date, or a time with its offset from UTC.", show_default=False
        ),
    ] = None,
    playbook: Annotated[
        Path | None,
        typer.Option(help="Promises of this playbook instead of the home's.", show_default=False),
    ] = None,
) -> None:
    """List what service plans promise: to whom, for which unit, when it is due and when it lapses."""
    from recommender.storage.clock import utc_now
    from recommender.types import CustomerId
    from training.installation import Installation
    from training.promises import PromisesRequest, promises_in
    from training.times import parse_duration, parse_moment

    request = PromisesRequest(
        as_of=utc_now() if as_of is None else parse_moment(as_of, option="--as-of"),
        customer_id=None if customer is None else CustomerId(customer),
        overdue=overdue,
        within_s=None if within is None else parse_duration(within, option="--within").total_seconds(),
        closed=closed,
    )
    declared = _playbook(playbook)
    with Installation.named().open_log() as log:
        found = promises_in(log, declared, request)
    _print(found, file_format)


def _playbook(file: Path | None) -> "Playbook":
    from recommender.engine.settings import Settings
    from recommender.playbook.reading import default_playbook
    from training.console import say
    from training.playbook_files import load_playbook

    path = Settings.load().playbook_file() if file is None else file
    if file is None and not path.is_file():
        say(f"There is no {path}: nothing is promised. Begin with: rapport playbook example jeweller")
        return default_playbook()
    return load_playbook(path).playbook


def _print(found: "Promises", file_format: PromisesFormat) -> None:
    from training.console import console, say
    from training.promise_rows import csv_of, jsonl_of, summary_of, table_of

    if file_format is PromisesFormat.CSV:
        typer.echo(csv_of(found), nl=False)
    elif file_format is PromisesFormat.JSONL:
        typer.echo(jsonl_of(found), nl=False)
    elif found.rows:
        console().print(table_of(found))
    say(summary_of(found))
