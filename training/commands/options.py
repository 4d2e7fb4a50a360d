"""Options that commands which read files have in common."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

Rejected: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="Where bad rows are listed. Default: <file>.rejected.csv in this directory."),
]
AllowBad: TypeAlias = Annotated[
    bool, typer.Option("--allow-bad", help="Load the good rows although more than 5 % are bad.")
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Only check and count; write nothing.")]
DateOrderText: TypeAlias = Annotated[
    str | None, typer.Option(help="dmy or mdy, where dates such as 03/04/2024 can be both.")
]
Where: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="Only rows with this value in a column: event_type=purchase. May be repeated; of one column any value will do.",
        show_default=False,
    ),
]


def date_order_of(text: str | None) -> Literal["dmy", "mdy"] | None:
    """Return what ``--date-order`` says."""
    if text is None:
        return None
    if text == "dmy":
        return "dmy"
    if text == "mdy":
        return "mdy"
    raise typer.BadParameter("expected dmy or mdy", param_hint="--date-order")
