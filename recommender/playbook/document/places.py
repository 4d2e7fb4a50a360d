"""Lines and columns, as editors count them."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

_LINE_BREAK: Final = re.compile(rb"\n")
_WITHIN: Final = re.compile(rb"[\x80-\xbf]")
"""Bytes of UTF-8 that begin no character."""


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from 1; columns count characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file.

    Attributes
    ----------
    starts
        Where each begins, in bytes.
    within
        Offsets of the bytes that begin no character.
    """

    starts: list[int]
    within: list[int]

    @classmethod
    def of(cls, source: bytes) -> "Lines":
        """Measure a file in UTF-8."""
        starts = [0, *(found.end() for found in _LINE_BREAK.finditer(source))]
        return cls(starts, [found.start() for found in _WITHIN.finditer(source)])

    def at(self, offset: int) -> Place:
        r"""Return the place of a byte.

        Examples
        --------
        >>> source = 'a = 1\n"ä" = 2'.encode()
        >>> Lines.of(source).at(source.index(b"2"))
        Place(line=2, column=7)
        """
        line = bisect_right(self.starts, offset)
        start = self.starts[line - 1]
        behind = bisect_left(self.within, offset) - bisect_left(self.within, start)
        return Place(line, offset - start - behind + 1)
