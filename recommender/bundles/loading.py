"""Reading a bundle: checked, memory-mapped, never unpickled."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.bundles.layout import models_from
from recommender.bundles.manifest import MANIFEST_NAME, Manifest
from recommender.bundles.saving import ITEMS_NAME, file_digest
from recommender.errors import CorruptBundleError
from recommender.models import FittedModels


def load_bundle(directory: Path, *, verify: bool = True) -> tuple[FittedModels, Manifest]:
    """Map a bundle into memory.

    Parameters
    ----------
    directory
        What :func:`save_bundle` wrote.
    verify
        Compare every file with its SHA-256. Leave it on for a bundle that came from elsewhere.

    Returns
    -------
    tuple[FittedModels, Manifest]
        The arrays are read-only views of the files, shared by all processes that map them.

    Raises
    ------
    CorruptBundleError
        A file is missing, extra, truncated, changed, of another format, or not an array.
    """
    path = directory / MANIFEST_NAME
    if not path.is_file():
        raise CorruptBundleError(
            "there is no bundle", expected=f"a directory with {MANIFEST_NAME}", found=str(directory)[-120:]
        )
    manifest = Manifest.from_bytes(path.read_bytes())
    _check_names(directory, manifest)
    if verify:
        _check_digests(directory, manifest)
    arrays = {
        name.removesuffix(".npy"): _map(directory / name) for name in manifest.files if name.endswith(".npy")
    }
    return models_from(arrays, _ids(directory / ITEMS_NAME)), manifest


def _check_names(directory: Path, manifest: Manifest) -> None:
    present = {entry.name for entry in directory.iterdir()} - {MANIFEST_NAME}
    listed = set(manifest.files)
    if present != listed:
        odd = sorted(present ^ listed)
        raise CorruptBundleError(
            "the files of the bundle are not those of its manifest",
            expected=f"{len(listed)} files",
            found=", ".join(f"{'extra' if name in present else 'missing'} {name}" for name in odd[:5]),
            remedy="train again, or fetch the bundle again",
        )
    for name in listed:
        if (directory / name).is_symlink() or not (directory / name).is_file():
            raise CorruptBundleError("an entry of the bundle is no file", expected="plain files", found=name)


def _check_digests(directory: Path, manifest: Manifest) -> None:
    for name, digest in manifest.files.items():
        found = file_digest(directory / name)
        if found != digest:
            raise CorruptBundleError(
                f"{name} of the bundle was changed",
                expected=f"SHA-256 {digest[:12]}...",
                found=f"{found[:12]}...",
                remedy="train again, or fetch the bundle again",
            )


def _map(path: Path) -> NDArray[Any]:
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise CorruptBundleError(
            f"{path.name} of the bundle is no array", found=str(error)[:120], remedy="train again"
        ) from error
    array: NDArray[Any] = np.asarray(mapped).view(np.ndarray)  # a plain view: compiled code knows no memmap
    return array


def _ids(path: Path) -> list[str]:
    try:
        ids = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise CorruptBundleError(
            f"{path.name} of the bundle cannot be read", found=str(error)[:120]
        ) from error
    if not isinstance(ids, list) or not all(isinstance(item_id, str) for item_id in ids):
        raise CorruptBundleError(f"{path.name} of the bundle is no list of ids")
    return ids
