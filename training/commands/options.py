"""Options that commands which read files have in common."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Rejected: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="Where bad rows are listed. Default: <file>.rejected.csv in this directory."),
]
AllowBad: TypeAlias = Annotated[
    bool, typer.Option("--allow-bad", help="Load the good rows although more than 5 % are bad.")
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Only check and count; write nothing.")]
