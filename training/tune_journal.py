"""The journal of trials that ``rapport tune`` goes on from, checked before a search reads it."""

import os
from pathlib import Path

import msgspec

from recommender.errors import InvalidSourceError
from recommender.value_rules import shown

CUT_SUFFIX = ".cut"


class _Entry(msgspec.Struct):
    """What every line of a journal holds, whatever it says beside."""

    op_code: int
    worker_id: str


def mend_journal(path: Path) -> str:
    """Move a last line that is cut, as a loss of power leaves it, aside; return a sentence about it, or nothing.

    Parameters
    ----------
    path
        The journal; it need not exist.

    Raises
    ------
    InvalidSourceError
        Another line is no entry, or the file cannot be read; it stays as it is.
    """
    if not path.exists():
        return ""
    try:
        content, cut = _whole_lines(path)
    except OSError as error:
        raise InvalidSourceError(
            f"the trials in {path} cannot be read",
            expected="a file that this user reads and writes",
            found=str(error),
            remedy="correct that, or move it away to begin a new search",
        ) from error
    for number, line in enumerate(content.splitlines(), start=1):
        _check(path, number, line)
    if not cut:
        return ""
    return f"The last line of {path} was cut: it is in {path.name}{CUT_SUFFIX} now, and the search goes on without it."


def _whole_lines(path: Path) -> tuple[bytes, bytes]:
    """Take what follows the last line break out of a journal; return what is left, and that."""
    from optuna.storages.journal import JournalFileSymlinkLock

    lock = JournalFileSymlinkLock(str(path))
    lock.acquire()  # another search may be in the middle of a line
    try:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        cut = content[whole:]
        if cut:
            with path.with_name(path.name + CUT_SUFFIX).open("ab") as aside:
                aside.write(cut + b"\n")
            os.truncate(path, whole)
    finally:
        lock.release()
    return content[:whole], cut


def _check(path: Path, number: int, line: bytes) -> None:
    try:
        msgspec.json.decode(line, type=_Entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidSourceError(
            f"the trials in {path} cannot be read",
            expected="on every line an entry as a search writes it",
            found=f"{shown(line.decode('utf-8', 'replace'))} on line {number}",
            remedy="remove that line, or move the file away to begin a new search",
        ) from None
