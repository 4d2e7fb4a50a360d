"""Where a file is to be written: whether it can be, and which file a link names."""

from pathlib import Path

from recommender.errors import InvalidRequestError


def check_out(out: Path) -> Path:
    """Return the path itself when a file can be written there.

    Raises
    ------
    InvalidRequestError
        When it is a folder, or its folder does not exist.
    """
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise InvalidRequestError(
            f"{out} cannot be written",
            expected="a file in a folder that exists",
            found="a folder" if out.is_dir() else f"no folder {out.absolute().parent}",
        )
    return out


def replaceable(out: Path) -> Path:
    """Return the path of the file that a whole new one may take the place of: where a link points.

    Raises
    ------
    InvalidRequestError
        When it cannot be written, or is a pipe or a device.
    """
    if out.exists() and not (out.is_file() or out.is_dir()):
        raise InvalidRequestError(
            f"{out} cannot be written",
            expected="a file, which appears when it is complete",
            found="a pipe or a device",
            remedy="export to a file, then read that",
        )
    return check_out(out.resolve() if out.is_symlink() else out)
