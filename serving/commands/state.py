"""``rapport state rebuild``: the online state, made again from the log."""

import typer


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    state = typer.Typer(help="The online state of customers in Valkey or Redis.", no_args_is_help=True)
    state.command("rebuild")(rebuild)
    app.add_typer(state, name="state")


def rebuild() -> None:
    """Recreate the state of every customer from the log; the API may keep serving meanwhile."""
    from rich.progress import MofNCompleteColumn, Progress

    from recommender.engine.engine import Engine
    from recommender.engine.settings import Settings

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Engine.open(Settings.load()) as engine, Progress(*columns, transient=True) as shown:
        bar = shown.add_task("customers", total=None)
        count = engine.rebuild(lambda done, total: shown.update(bar, completed=done, total=total))
    typer.echo(f"{count} customer states were rebuilt from the log.")
