"""Which code trained: a note for the registry, never a part of a bundle."""

import importlib.metadata
import subprocess
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def code_version(root: Path = _ROOT) -> str:
    """Return what ``git describe`` says of a checkout, else the version of the installed package.

    Parameters
    ----------
    root
        Folder that holds the packages.

    Examples
    --------
    >>> code_version() != ""
    True
    """
    return (_described(root) if (root / ".git").exists() else "") or _installed()


def _described(root: Path) -> str:
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--tags"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _installed() -> str:
    try:
        return importlib.metadata.version("rapport")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
