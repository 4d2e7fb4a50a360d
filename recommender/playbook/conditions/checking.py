"""Whether the parts of a condition fit together: known names, right arguments, right types."""

import re
from dataclasses import replace
from typing import Final

from recommender.errors import PlaybookError
from recommender.playbook.category_paths import category_path
from recommender.playbook.conditions.printing import print_condition
from recommender.playbook.conditions.problems import date_in_condition, nearest, refusal
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
    Place,
    Text,
    children,
)
from recommender.playbook.conditions.vocabulary import (
    FACTS,
    FUNCTIONS,
    OF_A_CATEGORY,
    SHORT_FORMS,
    Fact,
    ValueType,
    full_name,
)
from recommender.playbook.numerals import DATE
from recommender.value_rules import shown

_NUMBER, _DURATION, _TIME, _TEXT, _TRUTH = ValueType

_RESULTS: Final = {
    ("+", _NUMBER, _NUMBER): _NUMBER,
    ("-", _NUMBER, _NUMBER): _NUMBER,
    ("*", _NUMBER, _NUMBER): _NUMBER,
    ("/", _NUMBER, _NUMBER): _NUMBER,
    ("+", _DURATION, _DURATION): _DURATION,
    ("-", _DURATION, _DURATION): _DURATION,
    ("*", _DURATION, _NUMBER): _DURATION,
    ("*", _NUMBER, _DURATION): _DURATION,
    ("/", _DURATION, _NUMBER): _DURATION,
    ("/", _DURATION, _DURATION): _NUMBER,
    ("-", _TIME, _TIME): _DURATION,
    ("+", _TIME, _DURATION): _TIME,
    ("+", _DURATION, _TIME): _TIME,
    ("-", _TIME, _DURATION): _TIME,
}
_ORDERED: Final = frozenset({_NUMBER, _DURATION, _TIME})
_NOW: Final = Name("now")
_AHEAD: Final = (Name("appointments.next"),)
"""Times that lie ahead."""
_DATE: Final = re.compile(DATE)
_LISTED: Final = frozenset({_NUMBER, _DURATION, _TEXT})


def check_condition(tree: Node, *, about_item: bool) -> None:
    """Raise unless the parts fit together and the whole is true or false.

    Raises
    ------
    PlaybookError
        The first part that does not fit, with the nearest right name where a name is unknown.

    Examples
    --------
    >>> from recommender.playbook.conditions.grammar import parse
    >>> check_condition(parse("customer.oders > 2"), about_item=False)
    Traceback (most recent call last):
    recommender.errors.PlaybookError: line 1, column 1: unknown fact: found 'customer.oders'; \
did you mean customer.orders?
    """
    _check_items(tree, about_item)
    _need(tree, _TRUTH, "a condition")


def type_of(node: Node) -> ValueType:  # noqa: PLR0911 - one per kind of part
    """Return what a part is.

    Raises
    ------
    PlaybookError
        It does not fit together.
    """
    match node:
        case Number():
            return _NUMBER
        case Duration():
            return _DURATION
        case Text():
            return _TEXT
        case Name(name, place):
            return _fact(name, place).type
        case Apply():
            return _applied(node)
        case Negative(operand, place):
            return _negative(operand, place)
        case Arithmetic():
            return _arithmetic(node)
        case _:
            return _truth(node)


def _truth(node: Node) -> ValueType:
    match node:
        case Comparison():
            _check_comparison(node)
        case Membership():
            _check_membership(node)
        case Not(operand):
            _need(operand, _TRUTH, "not")
        case AllOf(operands) | AnyOf(operands):
            for operand in operands:
                _need(operand, _TRUTH, "and" if isinstance(node, AllOf) else "or")
        case _:
            pass
    return _TRUTH


def _need(node: Node, wanted: ValueType, user: str) -> None:
    found = type_of(node)
    if found is not wanted:
        remedy = _unquoted(node) or ("compare it with something" if wanted is _TRUTH else "")
        raise refusal(
            node.place,
            f"{user} takes {'what is ' if wanted is _TRUTH else ''}{wanted.value}",
            found=_described(node, found),
            remedy=remedy,
        )


def _described(node: Node, found: ValueType) -> str:
    text = print_condition(node)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({found.value})"


def _fact(name: str, place: Place) -> Fact:
    fact = FACTS.get(full_name(name))
    if fact is not None and not fact.argument:
        return fact
    if fact is not None:
        raise refusal(place, f"{name} asks about something", remedy=f"write {fact.form}")
    if name in FUNCTIONS:
        raise refusal(place, f"{name} takes a time", remedy=f"write {name}(last_purchase)")
    raise _unknown(name, place)


def _unknown(name: str, place: Place) -> PlaybookError:
    closest = nearest(name, (*FACTS, *SHORT_FORMS, *FUNCTIONS))
    form = FACTS[closest].form if closest in FACTS else closest
    remedy = f"did you mean {form}?" if closest else "'rapport playbook facts' lists them"
    return refusal(place, "unknown fact", found=shown(name), remedy=remedy)


def _applied(node: Apply) -> ValueType:
    if node.name in FUNCTIONS:
        if len(node.arguments) != 1:
            raise refusal(
                node.place,
                f"{node.name} takes one time",
                found=_counted(node),
                remedy=f"write {node.name}(now)",
            )
        _need(node.arguments[0], _TIME, node.name)
        return _NUMBER
    fact = FACTS.get(full_name(node.name))
    if fact is None:
        raise _unknown(node.name, node.place)
    if not fact.argument:
        raise refusal(
            node.place, f"{node.name} takes nothing in parentheses", remedy=f"write {node.name} alone"
        )
    if len(node.arguments) != 1 or not isinstance(node.arguments[0], Text) or not node.arguments[0].value:
        found = print_condition(node.arguments[0]) if len(node.arguments) == 1 else _counted(node)
        raise refusal(
            node.place,
            f"{node.name} takes one text in quotes",
            found=shown(found),
            remedy=f"write {fact.form}",
        )
    if fact.name in OF_A_CATEGORY:
        _check_category(node, node.arguments[0], fact)
    return fact.type


def _check_category(node: Apply, argument: Text, fact: Fact) -> None:
    path = category_path(argument.value)
    if path is None:
        raise refusal(
            argument.place,
            "this is no category",
            expected=fact.form,
            found=print_condition(argument),
            remedy="write its levels with one slash between two of them and none at the ends",
        )
    if not path:
        raise refusal(
            node.place,
            f"{fact.name} takes one category, not all of them",
            expected=fact.form,
            found=print_condition(node),
            remedy="whether anything was ever bought is customer.items > 0",
        )


def _counted(node: Apply) -> str:
    return f"{len(node.arguments)} values" if node.arguments else "nothing"


def _negative(operand: Node, place: Place) -> ValueType:
    found = type_of(operand)
    if found not in {_NUMBER, _DURATION}:
        raise refusal(
            place, "only a number or a length of time has a minus", found=_described(operand, found)
        )
    return found


def _arithmetic(node: Arithmetic) -> ValueType:
    left, right = type_of(node.left), type_of(node.right)
    result = _RESULTS.get((node.sign, left, right))
    if result is None:
        raise refusal(
            node.place,
            f"{node.sign} does not go with these",
            found=f"{_described(node.left, left)} {node.sign} {_described(node.right, right)}",
            remedy=_unit_hint(node.left, left, node.right, right),
        )
    return result


def _check_comparison(node: Comparison) -> None:
    left, right = type_of(node.left), type_of(node.right)
    if left is not right:
        _check_no_date(node)
        raise refusal(
            node.place,
            "only alike things can be compared",
            found=f"{_described(node.left, left)} {node.operator} {_described(node.right, right)}",
            remedy=_elapsed_hint(node, left, right) or _unit_hint(node.left, left, node.right, right),
        )
    if left not in _ORDERED and node.operator not in {"==", "!="}:
        raise refusal(
            node.place,
            f"{left.value} has no order",
            expected="== or !=",
            found=node.operator,
            remedy="ask with == or in" if left is _TEXT else "",
        )


def _check_membership(node: Membership) -> None:
    wanted = type_of(node.operand)
    if wanted not in _LISTED:
        raise refusal(
            node.place,
            "only a number, a length of time or a text can be looked up in a list",
            found=_described(node.operand, wanted),
        )
    for option in node.options:
        found = type_of(option)
        if found is not wanted:
            raise refusal(
                option.place,
                f"the list holds what {print_condition(node.operand)} can be",
                expected=wanted.value,
                found=_described(option, found),
                remedy=_unit_hint(node.operand, wanted, option, found),
            )


def _check_no_date(node: Comparison) -> None:
    for side in (node.left, node.right):
        if isinstance(side, Text) and _DATE.match(side.value):
            raise date_in_condition(side.place, print_condition(side))


def _elapsed_hint(node: Comparison, left: ValueType, right: ValueType) -> str:
    """Say how a time is compared with a length of time: by what lies between it and now."""
    if {left, right} != {_TIME, _DURATION}:
        return ""
    time = node.left if left is _TIME else node.right
    if time == _NOW:
        return "say since when: now - last_purchase"
    is_ahead = time in _AHEAD
    elapsed = Arithmetic("-", time, _NOW) if is_ahead else Arithmetic("-", _NOW, time)
    mended = replace(node, left=elapsed) if left is _TIME else replace(node, right=elapsed)
    return f"write {print_condition(mended)}"


def _unquoted(*nodes: Node) -> str:
    """Say which text is the name of a fact; empty where none is."""
    facts = (node.value for node in nodes if isinstance(node, Text) and _is_plain_fact(node.value))
    return next((f"leave out the quotes around the fact {name}" for name in facts), "")


def _is_plain_fact(name: str) -> bool:
    fact = FACTS.get(full_name(name))
    return fact is not None and not fact.argument


def _unit_hint(left: Node, left_type: ValueType, right: Node, right_type: ValueType) -> str:
    """Say how to mend a number beside a length of time, a time or a text."""
    quoted = _unquoted(left, right)
    if quoted:
        return quoted
    pair = {left_type, right_type}
    number = left if left_type is _NUMBER else right
    if pair == {_NUMBER, _DURATION}:
        other = right if number is left else left
        if isinstance(other, Duration) and isinstance(number, Apply):
            return f"{number.name} is a plain number: leave out {other.unit}s"
        return (
            f"give the number its unit: {print_condition(number)} days" if isinstance(number, Number) else ""
        )
    if pair == {_NUMBER, _TIME}:
        time = right if number is left else left
        return f"write {'days_until' if time in _AHEAD else 'days_since'}({print_condition(time)})"
    if pair == {_TEXT, _NUMBER} and isinstance(number, Number):
        return f'write the text in quotes: "{print_condition(number)}"'
    return ""


def _check_items(tree: Node, about_item: bool) -> None:
    ahead = [tree]
    while ahead and not about_item:
        node = ahead.pop()
        if isinstance(node, Name | Apply) and node.name in FACTS and FACTS[node.name].is_about_item:
            raise refusal(
                node.place,
                f"{node.name} is only known where an action is about an item",
                remedy="move it to applicability or suitability of such an action",
            )
        ahead.extend(reversed(children(node)))
