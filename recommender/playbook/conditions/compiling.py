"""From the parts of a condition to functions over a situation. What is constant is worked out here, once."""

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

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
    Sign,
    Text,
    Truth,
)
from recommender.playbook.conditions.vocabulary import FUNCTIONS, Function, full_name
from recommender.playbook.situation import FactValue, Situation

Test: TypeAlias = Callable[[Situation], bool]
Reader: TypeAlias = Callable[[Situation], FactValue | None]
Compare: TypeAlias = Callable[[Any, Any], bool]
"""Checking made sure that both sides are alike."""

_COMPARE: Final[dict[str, Compare]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATE: Final[dict[Sign, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def compile_test(node: Node) -> Test:
    """Return the function that says whether a checked part holds.

    Examples
    --------
    >>> from recommender.playbook.conditions.grammar import parse
    >>> compile_test(parse("1 + 1 == 2"))(None)
    True
    """
    test = _test(node)
    return _always(test) if isinstance(test, bool) else test


def compile_value(node: Node) -> Reader:
    """Return the function that reads a checked part; None is unknown."""
    value = _value(node)
    return value if callable(value) else _given(value)


def _always(answer: bool) -> Test:
    return lambda _: answer


def _given(value: FactValue | None) -> Reader:
    return lambda _: value


def _test(node: Node) -> bool | Test:  # noqa: PLR0911 - one per kind of part
    match node:
        case Truth(value):
            return value
        case Not(operand):
            return _not(_test(operand))
        case AllOf(operands):
            return _joined([_test(operand) for operand in operands], decides=False)
        case AnyOf(operands):
            return _joined([_test(operand) for operand in operands], decides=True)
        case Comparison(sign, Name() | Apply() as left, right) if not _calculates(left):
            return _fact_against(_COMPARE[sign], left, _value(right))
        case Comparison(sign, left, right):
            return _comparison(_COMPARE[sign], _value(left), _value(right))
        case Membership():
            return _membership(node)
        case _:
            return _is_true(node)


def _is_true(node: Node) -> Test:
    name, argument = _asked(node)
    return lambda situation: bool(situation.fact(name, argument))


def _not(test: bool | Test) -> bool | Test:
    if isinstance(test, bool):
        return not test
    return lambda situation: not test(situation)


def _joined(tests: list[bool | Test], decides: bool) -> bool | Test:
    """Join by *or* where truth decides, by *and* where falsehood does; later tests are not asked then."""
    if decides in tests:
        return decides
    asked = tuple(test for test in tests if not isinstance(test, bool))
    if len(asked) < 2:
        return asked[0] if asked else not decides
    if len(asked) > 2:
        return _in_turn(asked, decides)
    first, second = asked
    if decides:
        return lambda situation: first(situation) or second(situation)
    return lambda situation: first(situation) and second(situation)


def _in_turn(tests: tuple[Test, ...], decides: bool) -> Test:
    def test(situation: Situation) -> bool:
        for one in tests:
            if one(situation) is decides:
                return decides
        return not decides

    return test


def _calculates(node: Name | Apply) -> bool:
    return isinstance(node, Apply) and node.name in FUNCTIONS


def _fact_against(compare: Compare, node: Node, right: FactValue | Reader | None) -> bool | Test:
    """Compare a fact, mostly with a constant: in one step, because every customer is asked."""
    if right is None or callable(right):
        return _comparison(compare, _fact(node), right)
    name, argument = _asked(node)

    def test(situation: Situation) -> bool:
        value = situation.fact(name, argument)
        return value is not None and compare(value, right)

    return test


def _comparison(
    compare: Compare, left: FactValue | Reader | None, right: FactValue | Reader | None
) -> bool | Test:
    if left is None or right is None:
        return False
    if callable(left) and callable(right):
        return _both(compare, left, right)
    if callable(left):
        return _left_of(compare, left, right)
    if callable(right):
        return _left_of(lambda value, constant: compare(constant, value), right, left)
    return compare(left, right)


def _left_of(compare: Compare, read: Reader, constant: object) -> Test:
    def test(situation: Situation) -> bool:
        value = read(situation)
        return value is not None and compare(value, constant)

    return test


def _both(compare: Compare, left: Reader, right: Reader) -> Test:
    def test(situation: Situation) -> bool:
        value, other = left(situation), right(situation)
        return value is not None and other is not None and compare(value, other)

    return test


def _membership(node: Membership) -> bool | Test:
    options = frozenset(_value(option) for option in node.options)
    read, wanted = _value(node.operand), not node.is_negated
    if not callable(read):
        return read is not None and (read in options) is wanted

    def test(situation: Situation) -> bool:
        value = read(situation)
        return value is not None and (value in options) is wanted

    return test


def _value(node: Node) -> FactValue | Reader | None:  # noqa: PLR0911 - one per kind of part
    match node:
        case Number(value) | Text(value) | Truth(value):
            return value
        case Duration():
            return node.seconds
        case Negative(operand):
            return _calculated("-", 0.0, _value(operand))
        case Arithmetic(sign, left, right):
            return _calculated(sign, _value(left), _value(right))
        case Apply(name, arguments) if name in FUNCTIONS:
            return _function(FUNCTIONS[name], _value(arguments[0]))
        case Name() | Apply():
            return _fact(node)
        case _:
            return _test(node)


def _asked(node: Node) -> tuple[str, str | None]:
    match node:
        case Apply(name, (Text(argument), *_)):
            return name, argument
        case Name(name):
            return full_name(name), None
        case _:
            raise TypeError(f"no fact: {node!r}")


def _fact(node: Node) -> Reader:
    name, argument = _asked(node)
    return lambda situation: situation.fact(name, argument)


def _calculated(
    sign: Sign, left: FactValue | Reader | None, right: FactValue | Reader | None
) -> FactValue | Reader | None:
    calculate = _CALCULATE[sign]
    if not callable(left) and not callable(right):
        return _calculate(calculate, left, right)
    read, read_other = (
        left if callable(left) else _given(left),
        right if callable(right) else _given(right),
    )
    return lambda situation: _calculate(calculate, read(situation), read_other(situation))


def _calculate(
    calculate: Callable[[float, float], float], left: FactValue | None, right: FactValue | None
) -> float | None:
    """Return the result; unknown where a part is, and where there is none (division by zero)."""
    if not isinstance(left, float | int) or not isinstance(right, float | int):
        return None
    try:
        result = calculate(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def _function(function: Function, time: FactValue | Reader | None) -> Reader | None:
    if not callable(time):
        return None  # every time comes from a fact; an unknown one stays unknown
    read, per_second = time, function.sign / function.unit_s

    def elapsed(situation: Situation) -> float | None:
        at, now = read(situation), situation.fact("now")
        if not isinstance(at, float | int) or not isinstance(now, float | int):
            return None
        return (now - at) * per_second

    return elapsed
