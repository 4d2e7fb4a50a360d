"""``rapport demo``: the whole story in the terminal, on real purchases."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    context: typer.Context,
    *,
    stop: Annotated[
        bool, typer.Option("--exit", help="Stop after showing, instead of leaving the API open.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the API; 0 takes a free one.")] = 0,
    budget: Annotated[str, typer.Option(help="Time that training may take.")] = "60s",
) -> None:
    """Learn from 1.47 million grocery purchases, serve, and stop offering what was just bought."""
    from serving.demo.story import run_story

    run_story(_home(context), port=port, budget=budget, stays_open=not stop)


def _home(context: typer.Context) -> Path:
    """Return the home named by ``--home``, else one of the demo's own; RAPPORT_HOME may be a real shop's."""
    named = context.parent.params.get("home") if context.parent else None
    return Path(named or ".rapport/demo").expanduser().resolve()
