"""Laws of the condition language, over texts and conditions that nobody thought of."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import PlaybookError
from recommender.playbook.conditions import compile_condition, syntax
from recommender.playbook.conditions.grammar import parse
from recommender.playbook.conditions.printing import print_condition
from recommender.playbook.conditions.syntax import Node
from recommender.playbook.conditions.vocabulary import FACTS, FUNCTIONS, UNIT_SECONDS, ValueType, full_name
from recommender.playbook.situation import FactValue, Known

WORDS = (
    *FACTS,
    *FUNCTIONS,
    *[
        "and",
        "or",
        "not",
        "in",
        "(",
        ")",
        ",",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "true",
        "false",
        "days",
        "45",
        "1.5",
        "9" * 308,
        "weeks",
        "'x'",
        '"y"',
        "\\",
        "é",
        "\n",
    ],
)
NUMBERS = st.sampled_from([0.0, 1.0, 2.5, 45.0, 1e-7, 1e18])


def facts_of(kind: ValueType) -> st.SearchStrategy[Node]:
    plain = [syntax.Name(fact.name) for fact in FACTS.values() if fact.type is kind and not fact.argument]
    asking = [fact.name for fact in FACTS.values() if fact.type is kind and fact.argument]
    applied = [syntax.Apply(name, (syntax.Text(word),)) for name in asking for word in ("A", 'b "\\ c')]
    return st.sampled_from([*plain, *applied])


def arithmetic(
    signs: str, left: st.SearchStrategy[Node], right: st.SearchStrategy[Node]
) -> st.SearchStrategy[Node]:
    return st.builds(syntax.Arithmetic, st.sampled_from(signs), left, right)


TIMES = facts_of(ValueType.TIME)
DURATIONS = st.builds(syntax.Duration, NUMBERS, st.sampled_from(list(UNIT_SECONDS))) | facts_of(
    ValueType.DURATION
)
LENGTHS = st.recursive(
    DURATIONS | arithmetic("-", TIMES, TIMES),
    lambda inner: arithmetic("+-", inner, inner) | st.builds(syntax.Negative, inner),
    max_leaves=4,
)
VALUES = st.recursive(
    st.builds(syntax.Number, NUMBERS)
    | facts_of(ValueType.NUMBER)
    | st.builds(syntax.Apply, st.sampled_from(list(FUNCTIONS)), st.tuples(TIMES))
    | arithmetic("/", LENGTHS, LENGTHS),
    lambda inner: arithmetic("+-*/", inner, inner) | st.builds(syntax.Negative, inner),
    max_leaves=4,
)
TEXTS = st.builds(syntax.Text, st.sampled_from(["", "de", 'a "b" \\'])) | facts_of(ValueType.TEXT)
ORDERS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def compared(
    values: st.SearchStrategy[Node], orders: st.SearchStrategy[str] = ORDERS
) -> st.SearchStrategy[Node]:
    return st.builds(syntax.Comparison, orders, values, values)


TRUTHS = st.recursive(
    compared(VALUES)
    | compared(LENGTHS)
    | compared(TIMES)
    | compared(TEXTS, st.sampled_from(["==", "!="]))
    | facts_of(ValueType.TRUTH)
    | st.builds(syntax.Truth, st.booleans())
    | st.builds(
        syntax.Membership,
        VALUES,
        st.lists(st.builds(syntax.Number, NUMBERS), min_size=1, max_size=3).map(tuple),
        st.booleans(),
    ),
    lambda inner: (
        st.builds(syntax.Not, inner)
        | st.builds(syntax.AllOf, st.lists(inner, min_size=2, max_size=4).map(tuple))
        | st.builds(syntax.AnyOf, st.lists(inner, min_size=2, max_size=4).map(tuple))
        | compared(inner, st.sampled_from(["==", "!="]))
    ),
    max_leaves=4,
)
SAMPLES: Mapping[ValueType, tuple[FactValue, ...]] = {
    ValueType.NUMBER: (0.0, 1.0, 45.0),
    ValueType.DURATION: (0.0, 86_400.0),
    ValueType.TIME: (0.0, 1.7e9, 1.8e9),
    ValueType.TEXT: ("", "de", 'a "b" \\'),
    ValueType.TRUTH: (False, True),
}
KNOWN: tuple[tuple[str, FactValue], ...] = tuple(
    (key, value)
    for fact in FACTS.values()
    for key in ([f'{fact.name}("A")', f'{fact.name}("b "\\ c")'] if fact.argument else [fact.name])
    for value in SAMPLES[fact.type]
)
SITUATIONS = st.sets(st.sampled_from(KNOWN), max_size=60).map(lambda pairs: dict(sorted(pairs, key=str)))


def meaning(  # noqa: C901, PLR0911, PLR0912 - one line per kind of part
    node: Node, facts: Mapping[str, FactValue]
) -> FactValue | None:
    """Say what a part means, straight from the definition and without any cleverness."""
    match node:
        case syntax.Number(value) | syntax.Text(value) | syntax.Truth(value):
            return value
        case syntax.Duration():
            return node.seconds
        case syntax.Name(name):
            return _fact(full_name(name), facts)
        case syntax.Apply(name, (syntax.Text(argument),)):
            return _fact(f'{name}("{argument}")', facts)
        case syntax.Apply(name, (time,)):
            return _elapsed(name, meaning(time, facts), facts.get("now"))
        case syntax.Negative(operand):
            return _worked_out("-", 0.0, meaning(operand, facts))
        case syntax.Arithmetic(sign, left, right):
            return _worked_out(sign, meaning(left, facts), meaning(right, facts))
        case syntax.Comparison(sign, left, right):
            return _holds(sign, meaning(left, facts), meaning(right, facts))
        case syntax.Membership(operand, options, is_negated):
            asked = meaning(operand, facts)
            return asked is not None and (asked in [meaning(one, facts) for one in options]) != is_negated
        case syntax.Not(operand):
            return not meaning(operand, facts)
        case syntax.AllOf(operands):
            return all(meaning(operand, facts) for operand in operands)
        case syntax.AnyOf(operands):
            return any(meaning(operand, facts) for operand in operands)
        case _:
            raise AssertionError(node)


def _fact(key: str, facts: Mapping[str, FactValue]) -> FactValue | None:
    return facts.get(key)


def _elapsed(name: str, time: FactValue | None, now: FactValue | None) -> float | None:
    if not isinstance(time, float) or not isinstance(now, float):
        return None
    return {
        "days_since": (now - time) / 86_400,
        "hours_since": (now - time) / 3_600,
        "days_until": (time - now) / 86_400,
    }[name]


def _worked_out(sign: str, left: FactValue | None, right: FactValue | None) -> float | None:
    if not isinstance(left, float) or not isinstance(right, float):
        return None
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
    try:
        result = float(signs[sign](left, right))
    except (ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def _holds(sign: str, left: FactValue | None, right: FactValue | None) -> bool:
    signs: Mapping[str, Callable[[Any, Any], bool]] = {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
    return left is not None and right is not None and signs[sign](left, right)


@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), st.booleans())
def test_any_text_is_a_condition_or_a_playbook_error(text: str, about_item: bool) -> None:
    try:
        condition = compile_condition(text, about_item=about_item)
    except PlaybookError as error:
        (problem,) = error.problems
        lines = text.split("\n")
        assert 1 <= problem.line <= len(lines)
        assert problem.column >= 1
    else:
        assert condition.holds(Known({})) in (True, False)
        assert condition.because(Known({}))


@given(TRUTHS)
def test_a_printed_condition_is_the_same_condition(tree: Node) -> None:
    text = print_condition(tree)
    assert print_condition(parse(text)) == text


@given(TRUTHS, SITUATIONS)
def test_a_printed_and_compiled_condition_means_what_its_parts_mean(
    tree: Node, facts: dict[str, FactValue]
) -> None:
    condition = compile_condition(print_condition(tree), about_item=True)
    assert condition.holds(Known(facts)) is bool(meaning(tree, facts))


@given(TRUTHS, SITUATIONS)
def test_not_turns_every_condition_round_and_something_always_decided(
    tree: Node, facts: dict[str, FactValue]
) -> None:
    text = print_condition(tree)
    condition = compile_condition(text, about_item=True)
    opposite = compile_condition(f"not ({text})", about_item=True)
    assert condition.holds(Known(facts)) is not opposite.holds(Known(facts))
    assert 0 < len(condition.because(Known(facts))) <= 300
