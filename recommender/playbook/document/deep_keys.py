"""Keys of so many parts that Python's reader would take memory by their square: found before it reads the file."""

import re
from typing import Final

MOST_PARTS: Final = 50
"""Of a key, joined by dots; nobody writes more."""

_PART: Final = rb"""(?>[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*+')"""
_NEXT: Final = rb"[ \t]*+\.[ \t]*+" + _PART
_STEPS: Final = (
    rb'"""(?:[^"\\]|\\.|"(?!""))*+"{0,5}+',  # texts of several lines: up to two quotes are their own last characters
    rb"'''(?:[^']|'(?!''))*+'{0,5}+",
    rb"(?P<deep>" + _PART + rb"(?:" + _NEXT + rb"){%d})" % MOST_PARTS,
    _PART + rb"(?:" + _NEXT + rb")*+",
    rb"""["'#][^\n]*+""",  # a comment, or a text without its last quote: the reader does not get beyond it
    rb"""[^"'#A-Za-z0-9_-]++""",
)
_STEP: Final = re.compile(rb"|".join(_STEPS), re.DOTALL)
"""Takes texts, keys and comments whole, each byte at most twice."""


def deep_key_of(source: bytes) -> int | None:
    r"""Return where the first key of too many parts begins, in bytes; None where there is none.

    Comments and texts may hold any number of dots.

    Examples
    --------
    >>> deep_key_of(b"\n" + b"a." * 50 + b"a = 1"), deep_key_of(b"# " + b"a." * 60 + b"\nb = '" + b"a." * 60 + b"'")
    (1, None)
    """
    steps = _STEP.finditer(source)
    return next((step.start() for step in steps if step.lastgroup == "deep"), None)
