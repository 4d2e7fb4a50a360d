"""A condition as text again: one space where one belongs, parentheses where they are needed."""

import math
from decimal import Decimal

from recommender.playbook.conditions.syntax import (
    AllOf,
    AnyOf,
    Apply,
    Arithmetic,
    Comparison,
    Duration,
    Membership,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Text,
    Truth,
)

_OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _UNARY, _ATOM = range(8)


def print_condition(node: Node) -> str:
    """Return a text that parses to the same parts.

    Examples
    --------
    >>> from recommender.playbook.conditions.grammar import parse
    >>> print_condition(parse("(a+1)*2>=3   and not(b or c)"))
    '(a + 1) * 2 >= 3 and not (b or c)'
    """
    return _printed(node)[0]


def print_number(value: float) -> str:
    """Return a number without exponent; one that is not finite goes by its name.

    Examples
    --------
    >>> print_number(2.0), print_number(0.0000001), print_number(float("inf"))
    ('2', '0.0000001', 'inf')
    """
    if not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if value == int(value) else format(Decimal(repr(value)), "f")


def print_text(value: str) -> str:
    r"""Return a text in quotes.

    Examples
    --------
    >>> print(print_text('a "b"'))
    "a \"b\""
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def print_duration(amount: float, unit: str) -> str:
    """Return a length of time.

    Examples
    --------
    >>> print_duration(1.0, "day"), print_duration(45.0, "day")
    ('1 day', '45 days')
    """
    return f"{print_number(amount)} {unit}{'' if amount == 1 else 's'}"


def _printed(node: Node) -> tuple[str, int]:  # noqa: PLR0911 - one per kind of part
    """Return the text and how tightly it binds."""
    match node:
        case AnyOf(operands):
            return " or ".join(_within(part, _OR + 1) for part in operands), _OR
        case AllOf(operands):
            return " and ".join(_within(part, _AND + 1) for part in operands), _AND
        case Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case Comparison(operator, left, right):
            return f"{_within(left, _SUM)} {operator} {_within(right, _SUM)}", _COMPARED
        case Membership(operand, options, is_negated):
            inside = ", ".join(print_condition(option) for option in options)
            return f"{_within(operand, _SUM)} {'not in' if is_negated else 'in'} ({inside})", _COMPARED
        case Arithmetic(sign, left, right):
            level = _SUM if sign in {"+", "-"} else _PRODUCT
            return f"{_within(left, level)} {sign} {_within(right, level + 1)}", level
        case Negative(operand):
            return f"-{_within(operand, _UNARY)}", _UNARY
        case Apply(name, arguments):
            return f"{name}({', '.join(print_condition(argument) for argument in arguments)})", _ATOM
        case _:
            return _leaf(node), _ATOM


def _within(node: Node, least: int) -> str:
    text, level = _printed(node)
    return text if level >= least else f"({text})"


def _leaf(node: Node) -> str:
    match node:
        case Number(value):
            return print_number(value)
        case Duration(amount, unit):
            return print_duration(amount, unit)
        case Text(value):
            return print_text(value)
        case Truth(value):
            return "true" if value else "false"
        case Name(name):
            return name
        case _:
            raise TypeError(f"no part of a condition: {node!r}")
