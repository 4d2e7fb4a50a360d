"""``rapport export``: a campaign file with every customer's best actions."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from recommender.candidates import Assortment
    from recommender.models import FittedModels
    from recommender.storage.log import EventLog
    from recommender.types import CustomerId
    from training.export import ExportRequest, ExportSummary
    from training.installation import Installation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(  # noqa: PLR0913  # one parameter per option
    *,
    out: Annotated[Path, typer.Option(help="File to write; it appears when it is complete.")],
    as_of: Annotated[
        str | None,
        typer.Option(help="Decide as if it were then: a date, or a time with its offset from UTC."),
    ] = None,
    customers: Annotated[
        Path | None,
        typer.Option(
            help="Decide for these: CSV or Parquet (column customer_id, else the first), or one id per line."
        ),
    ] = None,
    actions: Annotated[
        str, typer.Option(help="Kinds of actions, separated by commas.")
    ] = "product_offer,buy_again",
    k: Annotated[int, typer.Option("--k", help="Most actions per customer, 1 to 100.")] = 10,
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="parquet, csv or jsonl; else read from the name of the file."),
    ] = None,
    model: Annotated[str, typer.Option(help="Version or alias of the model.")] = "champion",
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Threads; as many as processors when left out.")
    ] = None,
) -> None:
    """Write every customer's best actions to a file, by the decisions of the API.

    Interrupted, it is continued by the same command.
    """
    from recommender.decisions import DecisionRequest, parse_kinds
    from training.export import ExportRequest, check_out
    from training.export_parts import format_of
    from training.installation import Installation, all_processors
    from training.times import parse_moment

    request = ExportRequest(
        out=check_out(out),
        file_format=format_of(out, file_format),
        decision=DecisionRequest(k=k, actions=parse_kinds(actions)).check(),
        as_of=None if as_of is None else parse_moment(as_of, option="--as-of"),
        audience=None if customers is None else _audience(customers),
        workers=workers or all_processors(),
    )
    _export(Installation.named(), request, model)


def _audience(path: Path) -> "tuple[CustomerId, ...]":
    from training.console import say
    from training.customer_files import read_audience

    audience = read_audience(path)
    column = f", column {audience.column!r}" if audience.column else ""
    repeated = f"; {audience.repeated:,} repeated rows left out" if audience.repeated else ""
    say(f"{len(audience.customers):,} customers from {path.name}{column}{repeated}")
    return audience.customers


def _export(installation: "Installation", request: "ExportRequest", model: str) -> None:
    from training.console import progress_bar
    from training.export import export as write_export

    with installation.open_log() as log:
        now = _now()
        models, assortment = _deciding(installation, log, model, request.as_of or now)
        with progress_bar() as bar:
            task = bar.add_task("getting ready (compiles once per installation)", total=None)
            summary = write_export(
                log,
                models,
                assortment,
                request,
                now=now,
                progress=lambda done, total: _advance(bar, task, done, total),
            )
    _report(summary, request)


def _advance(bar: "Progress", task: "TaskID", done: int, total: int) -> None:
    if done:
        bar.update(task, description="deciding", completed=done, total=total)
    else:
        bar.update(task, total=total)


def _now() -> datetime:
    from recommender.storage.clock import utc_now

    return utc_now()


def _deciding(
    installation: "Installation", log: "EventLog", model: str, moment: datetime
) -> "tuple[FittedModels, Assortment]":
    from recommender.candidates import assortment_of
    from training.console import say
    from training.serving_model import model_for

    catalogue = log.catalogue()
    chosen = model_for(installation.registry(), log, model, moment, catalogue)
    for note in chosen.notes:
        say(note)
    models = chosen.models
    if models.ranker is not None and models.ranker.kinds:
        from recommender.models.promoted import promoted_at

        models = promoted_at(models, log.promotions(), int(moment.timestamp()))
    return models, assortment_of(models, catalogue, chosen.version)


def _report(summary: "ExportSummary", request: "ExportRequest") -> None:
    from training.console import console

    show = console().print
    if summary.message:
        show(f"{summary.message[0].upper()}{summary.message[1:]}; {summary.reused:,} customers were done.")
    show(
        f"{summary.tally.rows:,} actions for {summary.customers:,} customers "
        f"as of {summary.as_of:%Y-%m-%d %H:%M:%S} UTC, written to {request.out}"
    )
    if summary.tally.cold:
        show(f"Nothing is known of {summary.tally.cold:,} of them: they got what is popular.")
    for gate, count in summary.tally.without.most_common():
        show(f"{count:,} have no action: {gate.replace('_', ' ')}")
