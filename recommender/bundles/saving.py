"""Writing a bundle: one directory that appears whole or not at all."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from recommender.bundles.layout import arrays_of
from recommender.bundles.manifest import (
    FORMAT_VERSION,
    MANIFEST_NAME,
    BundleMetadata,
    Manifest,
    canonical_json,
)
from recommender.errors import BundleError
from recommender.models import FittedModels

ITEMS_NAME = "items.json"


def save_bundle(models: FittedModels, directory: Path, *, metadata: BundleMetadata) -> Manifest:
    """Write the models as arrays and JSON, and a manifest with the SHA-256 of each file.

    The same models and metadata give the same bytes. The files are written and flushed beside the target, which
    is then renamed into place: a reader never sees half a bundle. No customer is in it, by id or by row.

    Parameters
    ----------
    models
        What was learned.
    directory
        Where the bundle shall be. An identical bundle that is there already is left alone.
    metadata
        What the trainer knows about it.

    Raises
    ------
    BundleError
        Something else is at ``directory``.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        for name, array in arrays_of(models).items():
            with (staging / f"{name}.npy").open("wb") as file:
                np.save(file, np.asarray(array), allow_pickle=False)
        (staging / ITEMS_NAME).write_bytes(canonical_json(list(models.items.ids)))
        files = {path.name: file_digest(path) for path in sorted(staging.iterdir())}
        manifest = Manifest(FORMAT_VERSION, files, metadata)
        (staging / MANIFEST_NAME).write_bytes(manifest.to_bytes())
        _flush(staging)
        staging.chmod(0o755)
        _move(staging, directory, manifest)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(directory: Path) -> None:
    for path in (*directory.iterdir(), directory):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(staging: Path, directory: Path, manifest: Manifest) -> None:
    try:
        staging.rename(directory)
    except OSError as error:
        there = directory / MANIFEST_NAME
        if there.is_file() and there.read_bytes() == manifest.to_bytes():
            return
        raise BundleError(
            "the bundle cannot be put in place",
            expected="no directory, or an empty one, or the same bundle",
            found=str(error.strerror),
            remedy="choose another directory",
        ) from error
