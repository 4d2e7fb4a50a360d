"""``rapport evaluate``: a leaderboard of Rapport, its sources and other people's methods."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.commands.options import AllowBad, DateOrderText, Where, date_order_of

if TYPE_CHECKING:
    from recommender.evaluation import Task
    from training.installation import Installation
    from training.leaderboard.evaluating import EvaluateRequest
    from training.leaderboard.schema import Leaderboard
    from training.leaderboard.shops import Shop, SourceRequest


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(  # noqa: PLR0913 - one parameter per option of the command
    *,
    source: Annotated[
        str, typer.Option(help="log (this home), complete-journey, or any file that `rapport ingest` reads.")
    ] = "log",
    window: Annotated[str, typer.Option(help="Length of every window.")] = "28d",
    cutoffs: Annotated[
        int, typer.Option(min=1, help="Cuts back in time, a window apart; the latest leaves one window.")
    ] = 3,
    tasks: Annotated[str, typer.Option(help="Some of: discover, repeat, basket.")] = "discover,repeat,basket",
    peers: Annotated[
        str, typer.Option(help="all, none, or names separated by commas; a wrong name lists them.")
    ] = "all",
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="Places of a list.")] = 10,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure to this file, for programs.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write a report with charts to this file.")
    ] = None,
    min_buyers: Annotated[
        int, typer.Option(min=1, help="The catalogue of a cut: items with at least so many buyers before it.")
    ] = 5,
    config: Annotated[Path | None, typer.Option(help="TOML file with the settings of our models.")] = None,
    columns: Annotated[
        str,
        typer.Option(help="Which column of a file is which, as for `rapport ingest`.", show_default=False),
    ] = "",
    timezone: Annotated[
        str | None, typer.Option(help="Zone of a file's times without offset, as for `rapport ingest`.")
    ] = None,
    date_order: DateOrderText = None,
    where: Where = None,
    allow_bad: AllowBad = False,
) -> None:
    """Compare Rapport with its own sources and with other people's methods, on past windows of real purchases.

    Every method knows what was known before a cut and is judged on the window after it, over one catalogue. Peers need the
    extra `peers`. The result is printed, written with --json and --html, and logged to MLflow.
    """
    from recommender.events.adapters.chosen_rows import parse_where
    from recommender.events.adapters.columns import parse_mapping
    from training.fit_settings import read_fit_config
    from training.installation import Installation
    from training.leaderboard.evaluating import EvaluateRequest
    from training.leaderboard.moments import Rules
    from training.leaderboard.shops import SourceRequest
    from training.out_files import check_out
    from training.peers import peers_named
    from training.times import parse_duration

    for path in (json_file, html_file):
        if path is not None:
            check_out(path)
    days = parse_duration(window, option="--window").total_seconds() / 86_400
    request = EvaluateRequest(
        Rules(window_days=days, k=k, min_buyers=min_buyers),
        cutoffs,
        _tasks(tasks),
        peers_named(peers),
        read_fit_config(config, {"window_days": days}),
    )
    installation = Installation.named()
    asked = SourceRequest(
        source,
        parse_mapping(columns),
        timezone,
        date_order_of(date_order),
        parse_where(where or []),
        allow_bad,
    )
    board = _measured(installation, asked, request)
    _write(board, json_file, html_file)
    _show(board)
    _log(installation, board)


def _tasks(text: str) -> "tuple[Task, ...]":
    from recommender.errors import InvalidRequestError
    from recommender.evaluation import Task

    asked = {part.strip() for part in text.split(",") if part.strip()}
    if not asked or not asked <= set(Task):
        raise InvalidRequestError(
            "--tasks names something unknown",
            expected="some of " + ", ".join(Task),
            found=", ".join(sorted(asked - set(Task))) or "nothing",
        )
    return tuple(task for task in Task if task in asked)


def _measured(
    installation: "Installation", asked: "SourceRequest", request: "EvaluateRequest"
) -> "Leaderboard":
    from recommender.storage.clock import utc_now
    from training.leaderboard.evaluating import evaluate as run
    from training.leaderboard.progress import steps

    with steps() as progress, _shop(installation, asked, progress.read) as shop:
        return run(shop, request, now=utc_now(), progress=progress.fit)


@contextmanager
def _shop(
    installation: "Installation", asked: "SourceRequest", advance: Callable[[int], object]
) -> "Iterator[Shop]":
    from training.leaderboard.shops import LOG, opened, shop_of

    if asked.name != LOG:
        with opened(asked, advance) as shop:
            yield shop
        return
    with installation.open_log() as log:
        yield shop_of(log, LOG)


def _write(board: "Leaderboard", json_file: Path | None, html_file: Path | None) -> None:
    from training.leaderboard.report import to_html
    from training.leaderboard.schema import to_json

    if json_file is not None:
        json_file.write_bytes(to_json(board))
    if html_file is not None:
        html_file.write_text(to_html(board), "utf-8")


def _show(board: "Leaderboard") -> None:
    from training.console import console
    from training.leaderboard.tables import BEST_PEER, lead_line, task_table

    show = console().print
    for task in board.tasks:
        show(task_table(board, task))
        show()
    if any(task.lead.best_peer for task in board.tasks):
        show(f"{BEST_PEER} best peer; 'to ours' is the row less ours, 95 %, paired by customer.\n")
    for task in board.tasks:
        show(lead_line(board, task), markup=False)
    for note in board.notes:
        show(f"Note: {note}.", markup=False)


def _log(installation: "Installation", board: "Leaderboard") -> None:
    from training.console import connected, say
    from training.leaderboard.recording import log_to

    run_id = log_to(connected(installation.registry()), board)
    say(f"Logged to MLflow, experiment rapport-leaderboard, run {run_id}.")
