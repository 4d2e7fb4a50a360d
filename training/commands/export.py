"""``rapport export``: a campaign file with every customer's best actions."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from recommender.candidates import Assortment
    from recommender.engine.grounds import Grounds
    from recommender.playbook.model import Playbook
    from recommender.storage.log import EventLog
    from recommender.types import CustomerId
    from training.export import ExportRequest, ExportSummary
    from training.installation import Installation
    from training.serving_model import ChosenModel


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(  # noqa: PLR0913  # one parameter per option
    *,
    out: Annotated[Path, typer.Option(help="File to write; it appears when it is complete.")],
    left_out: Annotated[
        Path | None,
        typer.Option(
            help="File to list those in to whom nothing is said: customer_id, reason, opens_at. CSV, Parquet or "
            "JSON Lines by its name.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Decide as if it were then: a date, or a time with its offset from UTC."),
    ] = None,
    customers: Annotated[
        Path | None,
        typer.Option(
            help="Decide for these: CSV, Parquet, XLSX or JSON Lines (column customer_id, else the first), or one id "
            "per line."
        ),
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(
            help="Decide for those of whom this condition holds, in the words of a playbook: "
            '"customer.orders >= 2 and days_since(last_purchase) > 45".',
            show_default=False,
        ),
    ] = None,
    actions: Annotated[
        str | None,
        typer.Option(
            help="Kinds of actions, separated by commas. Default: all of the playbook; "
            "product_offer,buy_again without one.",
            show_default=False,
        ),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            help="Where it is to be said: a channel of the playbook. Consent, contact limits and quiet hours "
            "of an outbound one are applied; nothing is reserved.",
            show_default=False,
        ),
    ] = None,
    playbook: Annotated[
        Path | None,
        typer.Option(help="Decide by this playbook instead of the home's.", show_default=False),
    ] = None,
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

    With a playbook all its actions compete, and the report says why which customers were left out.

    Interrupted, it is continued by the same command.
    """
    from recommender.decisions import DecisionRequest, parse_kinds
    from recommender.playbook.conditions import compile_condition
    from training.export import ExportRequest
    from training.export_parts import format_of
    from training.installation import Installation
    from training.out_files import replaceable
    from training.processors import all_processors
    from training.times import parse_moment, refuse_future

    moment = None if as_of is None else parse_moment(as_of, option="--as-of")
    if moment is not None:
        refuse_future(moment, _now(), option="--as-of")
    request = ExportRequest(
        out=replaceable(out),
        file_format=format_of(out, file_format),
        decision=DecisionRequest(
            k=k, actions=None if actions is None else parse_kinds(actions), channel=channel
        ).check(),
        as_of=moment,
        condition=None if audience is None else compile_condition(audience, about_item=False),
        workers=workers or all_processors(),
        left_out=left_out,
    )
    named = Installation.named()
    if customers is not None:
        request = replace(request, audience=_audience(named, customers))
    _export(named, replace(request, public_url=named.settings.public_url), model, playbook)


def _audience(installation: "Installation", path: Path) -> "tuple[CustomerId, ...]":
    from training.console import say
    from training.customer_files import read_audience, refuse_headless

    audience = read_audience(path)
    with installation.open_log() as log:
        refuse_headless(audience, path, lambda customer: log.version_of(customer) > 0)
    column = f", column {audience.column!r}" if audience.column else ""
    repeated = f"; {audience.repeated:,} repeated rows left out" if audience.repeated else ""
    say(f"{len(audience.customers):,} customers from {path.name}{column}{repeated}")
    return audience.customers


def _export(
    installation: "Installation", request: "ExportRequest", model: str, playbook: Path | None
) -> None:
    from training.console import progress_bar
    from training.export import export as write_export

    declared = _playbook(installation, playbook)
    with installation.open_log() as log:
        now = _now()
        chosen, assortment, grounds = _deciding(installation, log, model, request.as_of or now, declared)
        with progress_bar() as bar:
            task = bar.add_task("getting ready (compiles once per installation)", total=None)
            summary = write_export(
                log,
                chosen.models,
                assortment,
                replace(request, bundle=chosen.bundle),
                now=now,
                grounds=grounds,
                progress=lambda done, total: _advance(bar, task, done, total),
            )
    _report(summary, request, declared)


def _playbook(installation: "Installation", file: Path | None) -> "Playbook | None":
    """Return the playbook that decides; None where nobody declared one. A broken one is an error, unlike for the API."""
    from training.playbook_files import load_playbook

    settings = installation.settings
    path = settings.playbook_file() if file is None else file
    if file is None and settings.playbook is None and not path.is_file():
        return None
    return load_playbook(path).playbook


def _advance(bar: "Progress", task: "TaskID", done: int, total: int) -> None:
    if done:
        bar.update(task, description="deciding", completed=done, total=total)
    else:
        bar.update(task, total=total)


def _now() -> datetime:
    from recommender.storage.clock import utc_now

    return utc_now()


def _deciding(
    installation: "Installation",
    log: "EventLog",
    model: str,
    moment: datetime,
    declared: "Playbook | None",
) -> "tuple[ChosenModel, Assortment, Grounds | None]":
    from recommender.candidates import assortment_of
    from training.console import say
    from training.serving_model import model_for

    catalogue, grounds = log.catalogue(), None
    if declared is not None:
        from recommender.engine.grounds import grounds_of

        grounds = grounds_of(declared, catalogue, is_declared=True)
        catalogue = grounds.catalogue
    chosen = model_for(installation.registry(), log, model, moment, catalogue)
    for note in chosen.notes:
        say(note)
    models = chosen.models
    if models.ranker is not None and models.ranker.kinds:
        from recommender.models.promoted import promoted_at

        models = promoted_at(models, log.promotions(), int(moment.timestamp()))
    return replace(chosen, models=models), assortment_of(models, catalogue, chosen.version), grounds


def _report(summary: "ExportSummary", request: "ExportRequest", declared: "Playbook | None") -> None:
    from training.console import console
    from training.export_report import action_table, plain_lines, playbook_lines, report_lines

    shown = console()
    for line in report_lines(summary, request):
        shown.print(line, markup=False)
    if declared is None:
        for line in plain_lines(summary):
            shown.print(line, markup=False)
        return
    for line in playbook_lines(summary, request, declared):
        shown.print(line, markup=False)
    shown.print(action_table(summary, request, declared))
