"""``rapport serve``: the API, with one or several workers."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one (default 8000).")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes (default 1).")] = None,
    access_log: Annotated[bool | None, typer.Option(help="One JSON line per request.")] = None,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; requests under way are finished first.

    State lives in a private Valkey server of the home unless RAPPORT_REDIS_URL names another.
    """
    from serving.running import run_server
    from serving.settings import ServingSettings

    settings = ServingSettings.load(host=host, port=port, workers=workers, access_log=access_log)
    run_server(settings, typer.echo)
