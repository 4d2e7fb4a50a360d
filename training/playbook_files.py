"""A playbook on disk."""

from dataclasses import dataclass
from pathlib import Path

from recommender.errors import InvalidSourceError, PlaybookError
from recommender.playbook.model import Playbook
from recommender.playbook.reading import read_playbook


@dataclass(frozen=True, slots=True)
class PlaybookFile:
    """A file and what it says."""

    path: Path
    playbook: Playbook


def load_playbook(path: Path) -> PlaybookFile:
    """Read a file.

    Raises
    ------
    InvalidSourceError
        It is not there, or cannot be read.
    PlaybookError
        It cannot be used; every problem with its line.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InvalidSourceError(
            "the playbook cannot be read",
            found=f"{path}: {error.strerror}",
            remedy="name another file, or begin with: rapport playbook example jeweller",
        ) from error
    try:
        return PlaybookFile(path, read_playbook(source))
    except PlaybookError as error:
        raise PlaybookError(error.problems, str(path)) from error


def summary(playbook: Playbook) -> str:
    """Say in one line what a playbook holds.

    Examples
    --------
    >>> from recommender.playbook.reading import default_playbook
    >>> summary(default_playbook())
    'default: 2 actions, 0 service plans, 0 channels, 0 caps; version none'
    """
    counts = (
        _counted(len(playbook.actions), "action"),
        _counted(len(playbook.plans), "service plan"),
        _counted(len(playbook.channels), "channel"),
        _counted(len(playbook.policy.caps), "cap"),
    )
    return f"{playbook.name}: {', '.join(counts)}; version {playbook.version[:12]}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
