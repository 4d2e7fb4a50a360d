"""``make bench``: run the benchmarks, print one table each, write ``benchmarks/results/*.json``."""

import importlib
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import results

BENCHMARKS = (
    "ingest",
    "events",
    "train",
    "state",
    "decide",
    "actions",
    "export",
    "route",
    "quality",
    "promotions",
)
DEFAULT_FOLDER = Path(".rapport/bench")


def main(
    only: Annotated[list[str] | None, typer.Argument(help=f"Some of: {', '.join(BENCHMARKS)}")] = None,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    folder: Annotated[
        Path, typer.Option(help="Where the homes of the benchmarks are kept.")
    ] = DEFAULT_FOLDER,
) -> None:
    """Measure ours and the peers, interleaved in one run; a ratio travels, an absolute figure does not."""
    console = Console(width=160)
    for name in only or BENCHMARKS:
        if name not in BENCHMARKS:
            raise typer.BadParameter(f"expected one of {', '.join(BENCHMARKS)}, found {name!r}")
        console.rule(name)
        rows = importlib.import_module(f"benchmarks.{name}").measure(folder.resolve(), rounds)
        results.write(name, rows)
        results.show(rows, console)


if __name__ == "__main__":
    typer.run(main)
