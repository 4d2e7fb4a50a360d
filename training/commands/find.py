"""``rapport find``: who holds this receipt or this unit, or is called so."""

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from recommender.customers.calling import CallKind
    from recommender.playbook.model import Playbook
    from recommender.storage.mentions import NameKind

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
    name: Annotated[
        str | None, typer.Option(help="Words of a name, or their beginnings.", show_default=False)
    ] = None,
    email: Annotated[str | None, typer.Option(help="A whole address.", show_default=False)] = None,
    phone: Annotated[
        str | None, typer.Option(help="A phone, or its last digits.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Customers at most.")] = 10,
) -> None:
    """Find a customer: by an order or a unit with what is promised for it, or by name, email or phone; exit code 1 if nobody."""
    numbers: dict[NameKind, str | None] = {"order": order, "serial": serial}
    called: dict[CallKind, str | None] = {"name": name, "email": email, "phone": phone}
    by_number = [(kind, text) for kind, text in numbers.items() if text is not None]
    by_call = [(kind, text) for kind, text in called.items() if text is not None]
    if len(by_number) + len(by_call) != 1:
        raise typer.BadParameter("expected --order, --serial, --name, --email or --phone, one of them")
    for number in by_number:
        _find_holder(*number, limit)
    for call in by_call:
        _find_person(*call, limit)


def _find_holder(kind: "NameKind", number: str, limit: int) -> None:
    from recommender.actions.repertoire import repertoire_of
    from recommender.engine.finding import Finder, Sought
    from recommender.storage.clock import utc_now
    from training.console import console
    from training.finding import show
    from training.installation import Installation

    with Installation.named().open_log() as log:
        repertoire = repertoire_of(_playbook(), log.catalogue())
        found = Finder(log, repertoire, int(utc_now().timestamp())).find(Sought(kind, number, limit=limit))
    show(found, repertoire, console())
    if not found.customers and found.guests is None:
        _nobody(f"No event names {kind} {number!r}. Numbers are matched exactly, as the shop sent them.")


def _find_person(kind: "CallKind", text: str, limit: int) -> None:
    from recommender.engine.finding import Finder, SoughtPerson
    from recommender.storage.clock import utc_now
    from training.console import console
    from training.finding import show_people
    from training.installation import Installation

    with Installation.named().open_log() as log:
        finder = Finder(log, None, int(utc_now().timestamp()))
        found = finder.find_person(SoughtPerson(kind, text, limit=limit))
    show_people(found, console())
    if not found.customers:
        _nobody(f"No profile has {kind} {text!r}.")


def _nobody(said: str) -> NoReturn:
    from training.console import say

    say(said)
    raise typer.Exit(EXIT_NOBODY)


def _playbook() -> "Playbook":
    """Return the playbook of the home; where there is none nothing is promised."""
    from recommender.engine.settings import Settings
    from recommender.playbook.reading import default_playbook
    from training.playbook_files import load_playbook

    path = Settings.load().playbook_file()
    return load_playbook(path).playbook if path.is_file() else default_playbook()
