"""``rapport playbook``: what the marketer declared."""

from pathlib import Path
from typing import Annotated

import typer

FILE_HELP = "A playbook. Default: RAPPORT_PLAYBOOK, else playbook.toml in the home."
NAME_HELP = "jeweller, garage or grocer."


def register(app: typer.Typer) -> None:
    """Add the commands to ``rapport``."""
    playbook = typer.Typer(
        help="What the brand could say, what it owes and how often it may come: check it, look at it, begin one.",
        no_args_is_help=True,
    )
    for command in (check, show, example, facts, schema, holdouts):
        playbook.command()(command)
    app.add_typer(playbook, name="playbook")


def check(file: Annotated[Path | None, typer.Argument(help=FILE_HELP)] = None) -> None:
    """Say everything that is wrong in a playbook, each with its line; exit with 1 if anything is."""
    from recommender.errors import PlaybookError
    from training.playbook_files import load_playbook, summary

    path = _file(file)
    try:
        loaded = load_playbook(path)
    except PlaybookError as error:
        for problem in error.problems:
            typer.echo(f"{path}:{problem.line}: {problem}")
        raise typer.Exit(1) from None
    typer.echo(f"{path}: good. {summary(loaded.playbook)}")


def show(file: Annotated[Path | None, typer.Argument(help=FILE_HELP)] = None) -> None:
    """Show a playbook as tables: actions, service plans, contact policy and the rest."""
    from recommender.playbook.reading import default_playbook
    from training.console import console
    from training.playbook_files import load_playbook
    from training.playbook_tables import parts_of

    path = _file(file)
    printer = console()
    if file is None and not path.is_file():
        printer.print(f"There is no {path}; without one this holds:\n", markup=False)
        playbook = default_playbook()
    else:
        playbook = load_playbook(path).playbook
    for part in parts_of(playbook):
        printer.print(part, markup=False)


def example(name: Annotated[str, typer.Argument(help=NAME_HELP)]) -> None:
    """Print a complete playbook to start from: rapport playbook example jeweller > playbook.toml."""
    from recommender.playbook.examples import example_text

    typer.echo(example_text(name), nl=False)


def facts() -> None:
    """List what a condition may ask, with its type."""
    from training.console import console
    from training.playbook_tables import facts_table

    console().print(facts_table())


def schema() -> None:
    """Print the JSON Schema of a playbook, for editors and other programs."""
    from training.playbook_reference import schema_text

    typer.echo(schema_text(), nl=False)


def holdouts(
    file: Annotated[Path | None, typer.Argument(help=FILE_HELP)] = None,
    action: Annotated[
        str | None,
        typer.Option(help="Only of this action; all with a holdout when left out.", show_default=False),
    ] = None,
) -> None:
    """List the customers who never get an action, as CSV: compare them with the others to measure what it brings."""
    import csv
    import sys

    from training.console import say
    from training.holdouts import held_out, measured_actions
    from training.installation import Installation
    from training.playbook_files import load_playbook

    measured = measured_actions(load_playbook(_file(file)).playbook, action)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("action", "customer_id"))
    with Installation.named().open_log() as log:
        everybody = sum(1 for _ in log.customers_changed_after(0))
        for one in measured:
            out = list(held_out(log, one))
            rows.writerows((one.id, who) for who in out)
            say(f"{one.id}: {len(out):,} of {everybody:,} never get it; its holdout is {one.holdout:.4g}.")


def _file(file: Path | None) -> Path:
    from recommender.engine.settings import Settings

    return Settings.load().playbook_file() if file is None else file
