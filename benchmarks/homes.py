"""Homes that several benchmarks share, made once by the commands of the README."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.synthetic import busy_shop, wide_shop


def rapport(home: Path, *arguments: str) -> None:
    """Run a ``rapport`` command on a home; fail loudly."""
    command = [sys.executable, "-m", "recommender.engine.cli", "--home", str(home), *arguments]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    if finished.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{finished.stdout}\n{finished.stderr}")


def grocery_home(folder: Path) -> Path:
    """Return a home with Complete Journey ingested and a champion trained."""
    return _made(folder / "grocery", "complete-journey", "--budget", "60s")


def retail_home(folder: Path) -> Path | None:
    """Return such a home of Online Retail II, where ``ONLINE_RETAIL_II`` names its ``interactions.parquet``."""
    source = os.environ.get("ONLINE_RETAIL_II")
    return None if source is None else _made(folder / "retail", source)


def wide_home(folder: Path) -> Path:
    """Return a home of a synthetic shop with 50,000 items."""
    home = folder / "wide"
    source = home.with_suffix(".parquet")
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wide_shop().write_parquet(source)
    return _made(home, str(source), "--budget", "60s")


def busy_home(folder: Path) -> Path:
    """Return a home of a synthetic shop with 10,000 items and customers of 100 purchases."""
    home = folder / "route"
    source = home.with_suffix(".parquet")
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        busy_shop().write_parquet(source)
    return _made(home, str(source))


def _made(home: Path, source: str, *options: str) -> Path:
    marker = home / "bench-ready"
    if not marker.exists():
        shutil.rmtree(home, ignore_errors=True)
        rapport(home, "ingest", source)
        rapport(home, "train", *options)
        marker.touch()
    return home
