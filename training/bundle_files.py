"""Bundles as folders of a home: named by their digest, verified, put in place whole."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from recommender.bundles import BundleMetadata, load_bundle, save_bundle
from recommender.errors import CorruptBundleError
from recommender.models import FittedModels

DIGEST_LENGTH = 16
"""Hexadecimal digits of the manifest's SHA-256 that name a bundle."""


@contextlib.contextmanager
def saved_bundle(models: FittedModels, bundles: Path, metadata: BundleMetadata) -> Iterator[Path]:
    """Write a bundle among the others of a home; when the block fails, a bundle that was not there before is removed.

    Parameters
    ----------
    models
        What was learned.
    bundles
        Folder with one bundle per digest.
    metadata
        What is known about it; the same in every repetition.

    Yields
    ------
    Path
        The bundle, in a folder named by its digest.
    """
    bundles.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bundles, prefix=".new-") as folder:
        written = Path(folder) / "bundle"
        digest = save_bundle(models, written, metadata=metadata).digest[:DIGEST_LENGTH]
        path = bundles / digest
        was_there = is_intact(path)
        if not was_there:
            put_in_place(written, path)
    try:
        yield path
    except BaseException:
        if not was_there:
            move_away(path)
        raise


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
