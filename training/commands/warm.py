"""``rapport warm``: compile ahead of the first training and the first start."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(warm)


def warm() -> None:
    """Compile everything now, so that the first training and the first start need not; touches no home.

    For an image, or while the first data are on their way. A minute or two of one processor; a few seconds when all is
    compiled already.
    """
    from training.warming import compile_everything

    typer.echo("Compiling: a minute or two the first time, seconds when it was done before.")
    compile_everything()
    typer.echo("Everything is compiled.")
