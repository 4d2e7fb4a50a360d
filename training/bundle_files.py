"""Bundles that were just learned, as folders of a home named by their digest."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from recommender.bundles import BundleMetadata, save_bundle
from recommender.bundles.folders import DIGEST_LENGTH, is_intact, move_away, put_in_place
from recommender.models import FittedModels


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
