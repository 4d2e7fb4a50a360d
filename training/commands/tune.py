"""``rapport tune``: search for a better configuration, and write it for ``rapport train --config``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.tune import Found


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tune)


def tune(  # noqa: PLR0913  # one parameter per option of the command line
    out: Annotated[Path, typer.Argument(help="Where the configuration is written, TOML.")],
    *,
    as_of: Annotated[
        str | None, typer.Option(help="Search on what happened before; as in `rapport train`.")
    ] = None,
    window: Annotated[str | None, typer.Option(help="Length of every window (28d).")] = None,
    trials: Annotated[int, typer.Option(min=1, help="Configurations tried in all.")] = 30,
    time: Annotated[str | None, typer.Option(help="Begin no trial later than this (2h).")] = None,
    windows: Annotated[int, typer.Option(min=1, max=12, help="Past windows that judge each trial.")] = 2,
    budget: Annotated[
        str | None, typer.Option(help="About how long one training of a trial may take (60s).")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file to start from.")] = None,
) -> None:
    """Search for a better configuration on the windows before the last one.

    Trials that start badly are given up early. An interrupted search is continued by the same command; the best
    configuration so far is then written too. The last window is left for `rapport train --config` to measure.
    """
    from training.console import console, progress_bar, say
    from training.fit_settings import read_fit_config, write_fit_config
    from training.installation import Installation
    from training.learning_data import learning_data
    from training.times import parse_duration, parse_moment
    from training.tune import TuneRequest, study_name
    from training.tune import tune as search
    from training.tune_journal import mend_journal

    overrides = {
        "window_days": window and parse_duration(window, option="--window").total_seconds() / 86_400,
        "budget_seconds": budget and parse_duration(budget, option="--budget").total_seconds(),
    }
    request = TuneRequest(
        config=read_fit_config(config, overrides),
        trials=trials,
        seconds=None if time is None else parse_duration(time, option="--time").total_seconds(),
        windows=windows,
    )
    moment = None if as_of is None else parse_moment(as_of, option="--as-of")
    installation = Installation.named()
    if mended := mend_journal(installation.home.tuning):
        say(mended)
    with installation.open_log() as log, progress_bar() as bar:
        from recommender.storage.clock import utc_now

        task = bar.add_task("reading the log", total=trials)
        data = learning_data(log, moment, now=utc_now())
        name = study_name(log.fingerprint(data.as_of), request, data.as_of)

        def told(done: int, best: float) -> None:
            bar.update(task, completed=min(done, trials), description=f"trials, best NDCG@10 {best:.4f}")

        found = search(data, request, installation.home.tuning, name=name, told=told)
    said = _said(found)
    write_fit_config(found.config, out, said)
    for line in said.splitlines():
        say(line)
    console().print(f"Written to {out}. Next: [bold]rapport train --config {out}[/bold]", soft_wrap=True)


def _said(found: "Found") -> str:
    return (
        f"Best of {found.finished + found.pruned} trials ({found.pruned} given up early).\n"
        f"Mean NDCG@10 over both tasks on the windows that judged: {found.score:.4f};"
        f" the configuration it started from: {found.start_score:.4f}."
    )
