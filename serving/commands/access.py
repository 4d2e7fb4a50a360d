"""``rapport access``: everything that is kept of one customer, for whoever asks what is known of them."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serving.access_wire import Line

EXIT_NOTHING = 1


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command(no_args_is_help=True)(access)


def access(
    customer: Annotated[str, typer.Argument(help="The customer's id, as the shop sends it.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write to this file, which only you can read; it must not be there yet.", show_default=False
        ),
    ] = None,
) -> None:
    """Write all that is kept of a customer (Art. 15 and 20 GDPR), one JSON object a line; exit code 1 if nothing is.

    Names, events, decisions with their reasons, requests, goodwill. Other ids of the same person are named in the first
    line: ask for each.
    """
    from recommender.engine.settings import Settings
    from recommender.storage.clock import utc_now
    from recommender.storage.log import EventLog
    from recommender.types import CustomerId
    from serving.accessing import lines_about

    settings = Settings.load()
    with EventLog.open(settings.log_url(settings.home_folder())) as log:
        lines = lines_about(log, CustomerId(customer), utc_now())
        first = next(lines)
        second = next(lines, None)
        if second is None:
            typer.echo(f"Nothing is known of {customer!r}.", err=True)
            raise typer.Exit(EXIT_NOTHING)
        everything = chain((first, second), lines)
        if out is None:
            _print(everything)
        else:
            _write(everything, out)


def _print(lines: "Iterable[Line]") -> None:
    import msgspec

    for line in lines:
        typer.echo(msgspec.json.encode(line))


def _write(lines: "Iterable[Line]", out: Path) -> None:
    import os

    import msgspec

    from recommender.errors import InvalidRequestError

    try:
        file = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise InvalidRequestError(
            f"{out} cannot be written",
            expected="a new file in a folder that is there",
            found=str(error.strerror),
        ) from None
    count = 0
    with os.fdopen(file, "wb") as written:
        for line in lines:
            written.write(msgspec.json.encode(line) + b"\n")
            count += 1
    typer.echo(f"{count:,} lines in {out}.")
