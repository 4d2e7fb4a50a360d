"""The fact that decided a condition, in words."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from recommender.playbook.conditions.checking import type_of
from recommender.playbook.conditions.compiling import Reader, Test, compile_test, compile_value
from recommender.playbook.conditions.printing import print_condition, print_duration, print_number, print_text
from recommender.playbook.conditions.syntax import (
    AllOf,
    AnyOf,
    Comparison,
    Literals,
    Membership,
    Node,
    Not,
    Truth,
)
from recommender.playbook.conditions.vocabulary import UNIT_SECONDS, ValueType
from recommender.playbook.situation import FactValue, Situation

Words: TypeAlias = Callable[[Situation], str]

LONGEST_WORDS: Final = 300
_LAST_SECOND: Final = 253_402_300_799
"""Of the year 9999."""


def compile_words(node: Node) -> Words:
    """Return the function that says which fact decided a checked condition.

    Of an *and* that fails it is the first part that fails, of one that holds all parts; of an *or* the other way
    round.

    Examples
    --------
    >>> from recommender.playbook.conditions.grammar import parse
    >>> compile_words(parse("1 + 1 >= 2 and true"))(None)
    '1 + 1 is 2, asked >= 2; always'
    """
    words = _words(node, "asked ")
    return lambda situation: _cut(words(situation))


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 3] + "..."


def _words(node: Node, asked: str) -> Words:  # noqa: PLR0911 - one per kind of part
    match node:
        case Not(operand):
            return _words(operand, "asked " if asked == "asked not " else "asked not ")
        case AllOf(operands):
            return _joined(operands, asked, decides=False)
        case AnyOf(operands):
            return _joined(operands, asked, decides=True)
        case Truth(value):
            word = "always" if value else "never"
            return lambda _: word
        case Comparison(operator, left, right):
            return _compared(left, right, f"{asked}{operator}")
        case Membership(operand, options, is_negated):
            listed = ", ".join(print_condition(option) for option in options)
            return _fact(operand, f", {asked}{'not in' if is_negated else 'in'} ({listed})")
        case _:
            return _fact(node, "" if asked == "asked " else ", asked not")


def _joined(operands: tuple[Node, ...], asked: str, *, decides: bool) -> Words:
    parts: list[tuple[Test, Words]] = [(compile_test(part), _words(part, asked)) for part in operands]

    def words(situation: Situation) -> str:
        for test, say in parts:
            if test(situation) is decides:
                return say(situation)
        return "; ".join(say(situation) for _, say in parts)

    return words


def _compared(left: Node, right: Node, asked: str) -> Words:
    say = _fact(left, f", {asked} {print_condition(right)}")
    if isinstance(right, Literals):
        return say
    kind, read = type_of(right), compile_value(right)
    return lambda situation: f"{say(situation)}, which is {show_value(read(situation), kind)}"


def _fact(node: Node, asked: str) -> Words:
    text, kind = print_condition(node), type_of(node)
    read: Reader = compile_value(node)
    return lambda situation: f"{text} is {show_value(read(situation), kind)}{asked}"


def show_value(value: FactValue | None, kind: ValueType) -> str:
    """Return a value as a sentence would say it; times are in UTC.

    Examples
    --------
    >>> show_value(1767441600, ValueType.TIME), show_value(90_000.0, ValueType.DURATION)
    ('2026-01-03 12:00', '25 hours')
    >>> show_value(2.5, ValueType.NUMBER), show_value(None, ValueType.NUMBER), show_value("de", ValueType.TEXT)
    ('2.5', 'unknown', '"de"')
    """
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return print_text(value)
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return _SHOWN[kind](value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return print_number(value)
    return str(int(value)) if value == int(value) else f"{value:.2f}".rstrip("0").rstrip(".")


def _moment(seconds: float) -> str:
    in_calendar = 0 <= seconds <= _LAST_SECOND
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}" if in_calendar else _number(seconds)


def _lasting(seconds: float) -> str:
    """Return a length of time in days once it has more than two of them, in smaller units below."""
    length = abs(seconds)
    unit = (
        "day"
        if length >= 2 * UNIT_SECONDS["day"]
        else "hour"
        if length >= 2 * UNIT_SECONDS["hour"]
        else "minute"
    )
    return print_duration(round(seconds / UNIT_SECONDS[unit], 1), unit)


_SHOWN: Final[dict[ValueType, Callable[[float], str]]] = {
    ValueType.NUMBER: _number,
    ValueType.DURATION: _lasting,
    ValueType.TIME: _moment,
    ValueType.TEXT: str,
    ValueType.TRUTH: lambda value: "true" if value else "false",
}
