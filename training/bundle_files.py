"""Bundles that were just learned, as folders of a home named by their digest."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recommender.bundles import BundleMetadata, save_bundle
from recommender.bundles.folders import DIGEST_LENGTH, is_intact, move_away, put_in_place
from recommender.models import FittedModels
from recommender.types import SECONDS_PER_DAY

_NEW: Final = ".new-"
_PASSING: Final = (".fetch-", ".old-")
"""What other commands make for a moment beside the bundles."""


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
    with staging(bundles) as folder:
        written = folder / "bundle"
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


@contextlib.contextmanager
def staging(bundles: Path) -> Iterator[Path]:
    """Make a folder beside the bundles for one to be written; it is gone after the block, and so are leftovers before.

    The folder is locked by this process for as long as it lives, so that the next training knows what a killed one left
    from what another one is writing.
    """
    bundles.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        with _locked(bundles):  # nobody looks for leftovers between a folder and its lock
            remove_leftovers(bundles)
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(dir=bundles, prefix=_NEW)))
            held.enter_context(_locked(folder))
        yield folder


def remove_leftovers(bundles: Path) -> None:
    """Remove folders of trainings that were killed, and what others left for more than a day."""
    for folder in bundles.iterdir():
        is_new = folder.name.startswith(_NEW) and _is_abandoned(folder)
        if is_new or (folder.name.startswith(_PASSING) and _is_old(folder)):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Wait for the lock of a folder and hold it; a disk without locks has none."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_abandoned(folder: Path) -> bool:
    """Whether no process holds the lock of a folder; on a disk without locks, whether it is old."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # gone by now, or not ours
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _is_old(folder)
    finally:
        os.close(descriptor)
    return True


def _is_old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > SECONDS_PER_DAY
    except OSError:
        return False
