"""``rapport train``: learn from the log, measure, register."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.train import TrainOutcome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)


def train(
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Learn from what happened before: a date (its midnight in UTC), or a time with its offset."
        ),
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Length of the held-out window (28d), and of every probability.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="About how long it may take (60s); no limit when left out.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Same data and seed: same bundle.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with the settings of the models.")] = None,
) -> None:
    """Learn from the purchases, measure on the last window, and register a new version.

    The first version becomes champion and serves; later ones become challenger until `rapport promote`.
    """
    from training.console import phases, say
    from training.fit_settings import read_fit_config
    from training.installation import Installation
    from training.times import parse_duration, parse_moment
    from training.train import TrainRequest

    overrides = {
        "seed": seed,
        "window_days": window and parse_duration(window, option="--window").total_seconds() / 86_400,
        "budget_seconds": budget and parse_duration(budget, option="--budget").total_seconds(),
    }
    moment = None if as_of is None else parse_moment(as_of, option="--as-of")
    if moment is not None:
        say(f"Learning from what happened before {moment:%Y-%m-%d %H:%M:%S} UTC.")
    request = TrainRequest(moment, read_fit_config(config, overrides))
    installation = Installation.named()
    with phases() as phase, installation.open_log() as log:
        from recommender.storage.clock import utc_now
        from training.train import train as run

        registry = installation.registry()
        outcome = run(log, registry, request, now=utc_now(), phase=phase)
    _report(outcome)
    _report_notebook(registry.uri)


def _report(outcome: "TrainOutcome") -> None:
    from recommender.evaluation import Task
    from training.console import console
    from training.run_report import by_source
    from training.tables import metrics_table

    show, result = console().print, outcome.result
    lines, customers, items = (int(result.metrics[name]) for name in ("lines", "customers", "items"))
    show(
        f"Learned from {lines:,} lines of {customers:,} customers, {items:,} items, before {outcome.as_of:%Y-%m-%d %H:%M:%S} UTC."
    )
    for task, title in ((Task.DISCOVER, "new to the customer"), (Task.REPEAT, "bought again")):
        rows = by_source(result, task)
        judged = int(result.metrics.get(f"{task}_customers", 0))
        if judged:
            show(f"\n[bold]Held-out window, {title}[/bold] ({judged:,} customers)")
            show(metrics_table(rows))
    for note in result.notes:
        show(f"Note: {note}.{_remedy(note)}", markup=False)
    _report_version(outcome)


def _remedy(note: str) -> str:
    """Say what to do about a note that a person can do something about."""
    if note.startswith("no window was held out") and "shorter than two windows" in note:
        return " To measure all the same, take a shorter --window, or load more history."
    return ""


def _report_notebook(uri: str) -> None:
    from training.console import console
    from training.registry_answers import without_password

    show = console().print
    show("\nIn a notebook:")
    show(f'  mlflow.set_tracking_uri("{without_password(uri)}")', markup=False, soft_wrap=True)
    show('  model = mlflow.pyfunc.load_model("models:/rapport@champion")', markup=False, soft_wrap=True)


def _report_version(outcome: "TrainOutcome") -> None:
    from training.console import console

    show, version = console().print, outcome.version
    alias = ", ".join(version.aliases) or "no alias"
    show(f"\nVersion {version.version} ({alias}), bundle {version.digest}.")
    if outcome.twin:
        show(f"Its bundle is byte for byte that of version {outcome.twin}.")
    if "champion" in version.aliases:
        show("It serves now. Next: [bold]rapport serve[/bold], or [bold]rapport export --out mail.csv[/bold]")
    else:
        show(
            f"Compare with [bold]rapport models[/bold]; let it serve with [bold]rapport promote {version.version}[/bold]"
        )
