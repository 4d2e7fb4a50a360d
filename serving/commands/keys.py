"""``rapport keys create|list|revoke``: who may use the API."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from recommender.storage.log import EventLog


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    keys = typer.Typer(help="API keys: who may use the API, and for what.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="keys")


def create(
    scope: Annotated[list[str], typer.Option(help="widget, server, staff or admin; may be repeated.")],
    name: Annotated[str, typer.Option(help="What you call it, such as the shop or the person.")],
    origin: Annotated[
        list[str] | None, typer.Option(help="Web origin that may use it from a browser; may be repeated.")
    ] = None,
) -> None:
    """Make a key and print it, once: only a digest is kept.

    A widget key also gets a signing secret, with which the shop's server signs customer tokens. That one is kept in
    the log as it is, because it is needed to verify them.
    """
    from recommender.storage.clock import utc_now
    from serving.auth.keys import new_key

    made = new_key(name, tuple(scope), tuple(origin or ()), utc_now())
    with _log() as log:
        log.put_key(made.record)
    typer.echo(made.text)
    if made.record.signing_secret is not None:
        typer.echo(f"signing secret: {made.record.signing_secret.decode()}")
    typer.echo("Keep it now: it cannot be shown again.", err=True)


def list_keys() -> None:
    """List all keys, oldest first: prefix, scopes, name, state, origins. Never the keys themselves."""
    from rich.console import Console
    from rich.table import Table

    with _log() as log:
        records = log.keys()
    table = Table("key", "scopes", "name", "created", "state", "origins")
    for record in records:
        state = "live" if record.revoked_at is None else f"revoked {record.revoked_at:%Y-%m-%d %H:%M}"
        table.add_row(
            f"rk_{record.prefix}_…",
            ", ".join(record.scopes),
            record.name,
            f"{record.created_at:%Y-%m-%d %H:%M}",
            state,
            " ".join(record.origins),
        )
    Console().print(table if records else "No keys yet: rapport keys create --scope server --name shop")


def revoke(
    key: Annotated[str, typer.Argument(help="The key, or its prefix as `rapport keys list` shows it.")],
) -> None:
    """Revoke a key; every worker refuses it within a second."""
    prefix = key.strip().rstrip("…").removeprefix("rk_").split("_", 1)[0]
    with _log() as log:
        record = log.revoke_key(prefix)
    typer.echo(f"rk_{record.prefix}_… ({record.name}) is revoked.")


def _log() -> "EventLog":
    from recommender.engine.settings import Settings
    from recommender.storage.log import EventLog

    settings = Settings.load()
    return EventLog.open(settings.log_url(settings.home_folder()))
