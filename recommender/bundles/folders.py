"""Bundles as folders of a home: named by their digest, verified, put in place whole."""

import contextlib
import tempfile
from pathlib import Path

from recommender.bundles.loading import load_bundle
from recommender.errors import CorruptBundleError

DIGEST_LENGTH = 16
"""Hexadecimal digits of the manifest's SHA-256 that name a bundle."""


def verify(path: Path) -> None:
    """Prove that a bundle is whole and that its folder bears its name.

    Raises
    ------
    CorruptBundleError
        When a byte differs from the manifest, or the manifest from the name.
    """
    _, manifest = load_bundle(path, verify=True)
    if not path.name or not manifest.digest.startswith(path.name):
        raise CorruptBundleError(
            "the bundle is not the one that was registered",
            expected=f"digest {path.name}",
            found=manifest.digest[:DIGEST_LENGTH],
            remedy="train again, or restore the folder from a backup",
        )


def is_intact(path: Path) -> bool:
    """Whether a whole bundle is at its place."""
    try:
        verify(path)
    except CorruptBundleError:
        return False
    return True


def put_in_place(written: Path, path: Path) -> None:
    """Move a verified bundle to its place; a damaged one that is there makes room, an equal one stays."""
    if path.exists() and not is_intact(path):
        move_away(path)
    try:
        written.rename(path)
    except OSError:
        if not is_intact(path):  # otherwise another process was faster
            raise


def move_away(path: Path) -> None:
    """Remove a bundle at once from its place; who has it mapped keeps it until they let go."""
    with (
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".old-") as folder,
        contextlib.suppress(FileNotFoundError),
    ):
        path.rename(Path(folder) / "bundle")
