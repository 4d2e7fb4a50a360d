"""What was meant where a file is no TOML: the mistakes of people who know other forms better."""

import re
from typing import Final

from recommender.errors import PlaybookProblem
from recommender.playbook.document.places import Lines, Place
from recommender.playbook.document.positions import headers_of
from recommender.playbook.document.problems import LISTS_OF_TABLES, list_of_tables
from recommender.playbook.numerals import DECIMALS, date_remedy, number_remedy
from recommender.value_rules import shown

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TEXT: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'""")
_VALUE: Final = re.compile(r"=[ \t]*([0-9][0-9.,/-]*)")
_VALUE_TOLD: Final = ("Expected newline", "Expected '='", "Unclosed inline table", "Invalid date")
_LONGEST_LINE: Final = 2_000
_TWICE: Final = ("Cannot overwrite", "Cannot declare", "Cannot mutate")


def toml_problem(told: str, source: bytes) -> PlaybookProblem:
    r"""Return what Python's reader of TOML told, with the way out where the mistake is a usual one.

    Parameters
    ----------
    told
        The message of the reader, with its place.

    Examples
    --------
    >>> told = "Expected newline or end of document after a statement (at line 2, column 9)"
    >>> str(toml_problem(told, b"[channels.email]\ncost = 0,02"))
    'this is no number: expected a decimal point and no other mark, found 0,02; write 0.02'
    """
    found = _PLACE.search(told)
    end = Lines.of(source).at(len(source))
    place = Place(int(found[1]), int(found[2])) if found and found[1] else end
    line = source.decode().split("\n")[place.line - 1]
    problems = (_single_header(told, place, source), _foreign_form(told, line, place))
    return next((problem for problem in problems if problem is not None), _as_told(told, line, place))


def _as_told(told: str, line: str, place: Place) -> PlaybookProblem:
    said = _PLACE.sub("", told)
    rest = line[place.column - 1 :].strip()
    if said.startswith("Expected "):
        expected, found = said.removeprefix("Expected "), shown(rest, 30) if rest else ""
        return PlaybookProblem(place.line, place.column, "", "this is no TOML", expected, found)
    return PlaybookProblem(place.line, place.column, "", "this is no TOML", found=said)


def _foreign_form(told: str, line: str, place: Place) -> PlaybookProblem | None:
    """Return the problem of the value in which, or behind which, the reader gave up."""
    if not told.startswith(_VALUE_TOLD) or len(line) > _LONGEST_LINE:
        return None
    ahead = _TEXT.sub(lambda text: "_" * len(text[0]), line)
    values = [value for value in _VALUE.finditer(ahead) if value.start(1) < place.column]
    if not values or any(mark in ahead[: values[-1].start()] for mark in "\"'#"):
        return None
    written, column = values[-1][1].rstrip(",."), values[-1].start(1) + 1
    number, day = number_remedy(written), date_remedy(written)
    if number:
        return PlaybookProblem(place.line, column, "", "this is no number", DECIMALS, written, number)
    if day:
        return PlaybookProblem(place.line, column, "", "this is no date", "year-month-day", written, day)
    return None


def _single_header(told: str, place: Place, source: bytes) -> PlaybookProblem | None:
    """Return the problem of the first ``[actions]``, where it is what a later header of the same list fell over."""
    if not told.startswith(_TWICE):
        return None
    headers = headers_of(b"\n".join(source.split(b"\n")[: place.line]))  # what comes later was not read
    if not headers or headers[-1].place.line != place.line or headers[-1].path not in LISTS_OF_TABLES:
        return None
    path = headers[-1].path
    wrong = [header.place for header in headers if header.path == path and not header.is_of_list]
    if not wrong:
        return None
    return PlaybookProblem(wrong[0].line, wrong[0].column, ".".join(path), *list_of_tables(path))
