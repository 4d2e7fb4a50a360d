"""What a benchmark reports: rows of medians with their spread, as a table and as JSON."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing: all its rounds, in one unit; ``peer`` holds the interleaved rounds of what it is compared to."""

    what: str
    unit: str
    rounds: tuple[float, ...]
    peer_name: str = ""
    peer: tuple[float, ...] = ()
    note: str = ""
    median: float = field(init=False)
    ratio: float | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "median", statistics.median(self.rounds))
        pairs = [ours / theirs for ours, theirs in zip(self.rounds, self.peer, strict=False)]
        object.__setattr__(self, "ratio", statistics.median(pairs) if pairs else None)


def _machine() -> dict[str, str | int]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
    }


def write(name: str, rows: Sequence[Row]) -> None:
    """Write ``results/<name>.json``."""
    RESULTS.mkdir(exist_ok=True)
    content = {
        "benchmark": name,
        "measured_on": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "rows": [asdict(row) for row in rows],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the rows as a table."""
    table = Table("what", "median", "unit", "peer", "peer median", "ratio", "rounds", "note")
    for row in rows:
        peer = f"{statistics.median(row.peer):,.4g}" if row.peer else ""
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(
            row.what,
            f"{row.median:,.4g}",
            row.unit,
            row.peer_name,
            peer,
            ratio,
            str(len(row.rounds)),
            row.note,
        )
    console.print(table)
