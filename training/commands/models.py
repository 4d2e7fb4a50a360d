"""``rapport models``, ``rapport promote`` and ``rapport rollback``: what is registered, and what serves."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(models)
    app.command()(promote)
    app.command()(rollback)


def models(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print everything known, for programs.")] = False
) -> None:
    """List the registered versions, newest first, with their metrics and aliases."""
    from training.console import connected, console
    from training.installation import Installation
    from training.tables import versions_json, versions_table

    listed = connected(Installation.named().registry()).list_versions()
    if as_json:
        typer.echo(versions_json(listed))
        return
    if not listed:
        console().print("No model yet; run [bold]rapport train[/bold].")
        return
    console().print(versions_table(listed))


def promote(
    version: Annotated[str, typer.Argument(help="Number of the version, or an alias (challenger).")],
) -> None:
    """Let a version serve; the one that serves now is remembered for `rapport rollback`."""
    from training.console import connected, console
    from training.installation import Installation

    change = connected(Installation.named().registry()).promote(version)
    console().print(f"Version {change.champion} is champion now{_instead_of(change.former)}.")
    if change.former is not None:
        console().print("Running workers follow by themselves. To undo: [bold]rapport rollback[/bold]")


def rollback() -> None:
    """Let the champion before this one serve again."""
    from training.console import connected, console
    from training.installation import Installation

    change = connected(Installation.named().registry()).rollback()
    console().print(f"Back to version {change.champion}{_instead_of(change.former)}.")
    console().print("Running workers follow by themselves.")


def _instead_of(former: str | None) -> str:
    return "" if former is None else f" instead of version {former}"
