"""One export at a time to a file: two would delete each other's parts."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import InvalidRequestError


@contextmanager
def writing_alone(out: Path) -> Iterator[None]:
    """Hold the lock ``OUT.lock``; a killed export lets go of it, and the next one removes the file.

    Raises
    ------
    InvalidRequestError
        When another export of this machine writes the file.
    """
    path = out.with_name(out.name + ".lock")
    descriptor = _locked(path, out)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(path: Path, out: Path) -> int:
    """Return the lock file, opened and held; one that its holder removed meanwhile keeps nobody out."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InvalidRequestError(
                f"another export is writing {out}",
                expected="one export to a file at a time",
                found=f"{path.name}, which is held",
                remedy="wait until it is done, or choose another --out",
            ) from None
        if _is_there(path, descriptor):
            return descriptor
        os.close(descriptor)


def _is_there(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
