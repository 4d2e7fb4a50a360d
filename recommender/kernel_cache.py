"""Where numba keeps compiled kernels: one folder for each state of the package's code.

Numba's own cache notices that a kernel's file changed, but not that a kernel which it calls in another file did: after an
update it would go on running old code. So the folder is named after the sources, and an update compiles anew.
"""

import os
from hashlib import blake2b
from pathlib import Path

import platformdirs

VARIABLE = "NUMBA_CACHE_DIR"


def use_own_cache() -> None:
    """Name the folder to numba, unless somebody did; without a folder that can be written, numba finds its own way."""
    if VARIABLE in os.environ:
        return
    folder = platformdirs.user_cache_path("rapport") / f"kernels-{sources_digest(Path(__file__).parent)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        os.environ[VARIABLE] = str(folder)


def sources_digest(package: Path) -> str:
    """Return a digest of the names, sizes and times of a package's source files; reads no file."""
    digest = blake2b(str(package).encode(), digest_size=8)
    for path in sorted(package.rglob("*.py")):
        found = path.stat()
        digest.update(f"{path.relative_to(package)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
