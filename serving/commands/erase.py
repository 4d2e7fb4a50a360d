"""``rapport erase``: a customer leaves the log for good, and is kept out; ``--lift`` lets somebody in who came back."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from recommender.engine.engine import Engine
    from recommender.engine.erasing import Erased
    from recommender.storage.erasing import KnownOf
    from recommender.types import CustomerId

EXIT_NOT_DONE = 1


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command(no_args_is_help=True)(erase)


def erase(
    customer: Annotated[str, typer.Argument(help="The customer's id, as the shop sends it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[
        str | None,
        typer.Option(help="Kept with the time; nothing that names the customer.", show_default=False),
    ] = None,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let events of this id in again: the person came back.")
    ] = False,
) -> None:
    """Erase a customer for good (Art. 17 GDPR): events, names, consents, decisions, states. A keyed hash keeps the id out.

    The API may keep serving meanwhile. What is not in the log (backups, exported files, the shop itself) is not reached.
    """
    from recommender.engine.engine import Engine
    from recommender.engine.settings import Settings
    from recommender.types import CustomerId

    customer_id = CustomerId(customer)
    with Engine.open(Settings.load()) as engine:
        if lift:
            _lift(engine, customer_id)
            return
        if not yes:
            _confirm(customer_id, engine.erasing.known_of(customer_id))
        _tell(engine.erase(customer_id, reason))


def _lift(engine: "Engine", customer_id: "CustomerId") -> None:
    if not engine.erasing.lift(customer_id):
        typer.echo(f"{customer_id!r} was not erased: nothing to lift.")
        raise typer.Exit(EXIT_NOT_DONE)
    typer.echo(f"Events of {customer_id!r} are let in again. What was erased does not come back by itself.")


def _confirm(customer_id: "CustomerId", known: "KnownOf") -> None:
    from recommender.errors import InvalidRequestError

    if known.events + known.decisions:
        typer.echo(f"{customer_id!r}: {known.events:,} events and {known.decisions:,} decisions.")
    else:
        typer.echo(f"Nothing is known of {customer_id!r}; only events to come would be kept out.")
    if known.linked:
        others = ", ".join(map(repr, known.linked))
        typer.echo(f"Linked with {others}: not erased with it. The same person? Erase these ids, too.")
    try:
        is_meant = typer.confirm("Erase for good? It cannot be undone.")
    except typer.Abort:
        raise InvalidRequestError("nobody confirmed", expected="y", remedy="run it with --yes") from None
    if not is_meant:
        typer.echo("Nothing was erased.")
        raise typer.Exit(EXIT_NOT_DONE)


def _tell(erased: "Erased") -> None:
    erasure = erased.erasure
    counted = f"{erasure.events:,} events and {erasure.decisions:,} decisions"
    if erased.is_new:
        typer.echo(f"Erased: {counted}." if erasure.was_known else "Nothing was known of this id.")
    else:
        typer.echo(f"Erased before, on {erasure.erased_at:%Y-%m-%d %H:%M} UTC: {counted}.")
    typer.echo("What comes for this id from now on is kept out; 'rapport erase --lift' lets it in again.")
    if not erased.projected:
        typer.echo(
            "The state store does not answer: it is told when it does, and is not believed until then."
        )
