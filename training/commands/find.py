"""``rapport find``: who holds this receipt, or this unit."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from recommender.playbook.model import Playbook

EXIT_NOBODY = 1


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command()(find)


def find(
    *,
    order: Annotated[
        str | None, typer.Option(help="Order number, as the shop has it.", show_default=False)
    ] = None,
    serial: Annotated[str | None, typer.Option(help="Serial number of a unit.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Customers at most.")] = 10,
) -> None:
    """Find the customer of an order or a unit: what was bought, what came back, what is promised; exit code 1 if nobody."""
    from recommender.actions.repertoire import repertoire_of
    from recommender.engine.finding import Finder, Sought
    from recommender.storage.clock import utc_now
    from training.console import console, say
    from training.finding import show
    from training.installation import Installation

    if (order is None) == (serial is None):
        raise typer.BadParameter("expected --order NUMBER or --serial NUMBER, one of them")
    sought = (
        Sought("order", order, limit=limit)
        if order is not None
        else Sought("serial", serial or "", limit=limit)
    )
    installation = Installation.named()
    with installation.open_log() as log:
        repertoire = repertoire_of(_playbook(), log.catalogue())
        found = Finder(log, repertoire, int(utc_now().timestamp())).find(sought)
    show(found, repertoire, console())
    if not found.customers and found.guests is None:
        say(
            f"No event names {sought.kind} {sought.name!r}. Numbers are matched exactly, as the shop sent them."
        )
        raise typer.Exit(EXIT_NOBODY)


def _playbook() -> "Playbook":
    """Return the playbook of the home; where there is none nothing is promised."""
    from recommender.engine.settings import Settings
    from recommender.playbook.reading import default_playbook
    from training.playbook_files import load_playbook

    path = Settings.load().playbook_file()
    return load_playbook(path).playbook if path.is_file() else default_playbook()
