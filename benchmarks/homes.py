"""Homes that several benchmarks share, made once by the commands of the README."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def rapport(home: Path, *arguments: str) -> None:
    """Run a ``rapport`` command on a home; fail loudly."""
    command = [sys.executable, "-m", "recommender.engine.cli", "--home", str(home), *arguments]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    if finished.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{finished.stdout}\n{finished.stderr}")


def grocery_home(folder: Path) -> Path:
    """Return a home with Complete Journey ingested and a champion trained."""
    home = folder / "grocery"
    marker = home / "bench-ready"
    if not marker.exists():
        shutil.rmtree(home, ignore_errors=True)
        rapport(home, "ingest", "complete-journey")
        rapport(home, "train", "--budget", "60s")
        marker.touch()
    return home
