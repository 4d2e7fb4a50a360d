"""Texts as they are written in a file, and where in it each of their characters stands."""

import re
from dataclasses import dataclass
from typing import Final

from recommender.playbook.document.places import Place

_AS_IT_IS: Final = re.compile(r"\r?\n|.", re.DOTALL)
_ESCAPING: Final = re.compile(
    r"(?P<nothing>\\[ \t]*\r?\n[ \t\r\n]*)|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|\r?\n|.", re.DOTALL
)
_LINE_BREAK: Final = re.compile(r"\r?\n|\\n|\\u000[Aa]|\\U0000000[Aa]")


@dataclass(frozen=True, slots=True)
class Literal:
    """A text of TOML with its quotes.

    Attributes
    ----------
    written
        As the file has it.
    start
        Of the first quote.
    """

    written: str
    start: Place

    def place_of(self, line: int, column: int) -> Place:
        r"""Return where in the file a character of the text is written; behind the last one: the closing quotes.

        A backslash at the end of a line joins it with the next, and what is escaped takes more room than it means.

        Parameters
        ----------
        line, column
            Within the text that is meant, from 1.

        Examples
        --------
        >>> Literal('"hour > \\"x"', Place(7, 5)).place_of(1, 9)
        Place(line=7, column=15)
        """
        at = (1, 1)
        begins, ends = self._inside()
        for piece in self._pieces().finditer(self.written, begins, ends):
            if piece.lastgroup == "nothing":
                continue
            if at >= (line, column):
                return self._place(piece.start())
            at = (at[0] + 1, 1) if _LINE_BREAK.fullmatch(piece[0]) else (at[0], at[1] + 1)
        return self._place(ends)

    def _pieces(self) -> re.Pattern[str]:
        return _ESCAPING if self.written[0] == '"' else _AS_IT_IS

    def _inside(self) -> tuple[int, int]:
        quotes = 3 if self.written[:3] in {'"""', "'''"} and len(self.written) >= 6 else 1
        break_after = re.compile(r"\r?\n").match(self.written, quotes) if quotes == 3 else None
        return break_after.end() if break_after else quotes, len(self.written) - quotes

    def _place(self, offset: int) -> Place:
        before = self.written[:offset]
        breaks = before.count("\n")
        if breaks == 0:
            return Place(self.start.line, self.start.column + offset)
        return Place(self.start.line + breaks, offset - before.rindex("\n"))
