"""From the text of a condition to its parts. Lark's LALR parser keeps its own stack, so depth costs no recursion."""

import functools
import math
import re
from typing import Final, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from recommender.playbook.conditions.problems import date_in_condition, nearest, refusal
from recommender.playbook.conditions.syntax import (
    AllOf,
    AnyOf,
    Apply,
    Arithmetic,
    Comparison,
    Duration,
    Literals,
    Membership,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Operator,
    Place,
    Sign,
    Text,
    Truth,
    children,
)
from recommender.playbook.conditions.vocabulary import UNIT_SECONDS
from recommender.playbook.numerals import DATE, DECIMALS, number_remedy, without_zeros
from recommender.value_rules import shown

LONGEST: Final = 2_000
"""Characters of a condition."""
DEEPEST: Final = 30
"""Parts within parts."""
MOST_LITERALS: Final = 200
"""Numbers, texts, lengths of time."""

GRAMMAR: Final = rf"""
start: disjunction
?disjunction: conjunction
            | conjunction ("or" conjunction)+           -> any_of
?conjunction: negation
            | negation ("and" negation)+                -> all_of
?negation: NOT negation                                 -> negated
         | comparison
?comparison: sum
           | sum COMPARES sum                           -> compared
           | sum IN "(" literal ("," literal)* ","? ")" -> member
           | sum NOT IN "(" literal ("," literal)* ","? ")" -> member
?literal: MINUS number                                  -> negative
        | number
        | STRING                                        -> text
?sum: product
    | sum (PLUS | MINUS) product                        -> arithmetic
?product: unary
        | product (TIMES | OVER) unary                  -> arithmetic
?unary: MINUS unary                                     -> negative
      | atom
?atom: number
     | STRING                                           -> text
     | (TRUE | FALSE)                                   -> truth
     | NAME                                             -> name
     | NAME "(" [disjunction ("," disjunction)*] ")"    -> apply
     | "(" disjunction ")"
number: NUMBER NAME?

NOT: "not"
IN: "in"
TRUE: "true"
FALSE: "false"
COMPARES: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
NUMBER: /(?:{DATE})(?![0-9])|[0-9]+(\.[0-9]+)?/
STRING: /"(\\["\\]|[^"\\\n])*"|'[^'\n]*'/
NAME: /[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)*/

%ignore /[ \t\r\n]+/
"""

_COMPARED_INSTEAD: Final = {
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
    "><": "!=",
    "=!": "!=",
    "===": "==",
    "!==": "!=",
    ">==": ">=",
    "<==": "<=",
}
_COMPARISONS: Final = "==, !=, <, <=, > or >="
_COMPARING: Final = re.compile(r"[=<>!]+")
_FIGURES: Final = re.compile(r"[0-9][0-9.,]*[0-9]")
_INSTEAD: Final = {
    "=": "write == to compare",
    "&": "write and",
    "|": "write or",
    "!": "write not",
}
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false"})
_MISWRITTEN: Final = "MISWRITTEN"
"""Type of a keyword in capitals. No rule takes it: as a name it would pass for the unit of the number before it."""
_UNEVEN: Final = ("months", "years")
_CHAINED: Final = "compare two values at a time: a <= b and b < c"
_WORDS: Final = {
    "NUMBER": "a number",
    "STRING": 'a text in "quotes"',
    "TRUE": "true",
    "NAME": "a fact",
    "COMPARES": "a comparison",
    "MINUS": "-",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "$END": "the end",
}


def parse(text: str) -> Node:
    """Return the parts of a condition; their types are not looked at.

    Raises
    ------
    PlaybookError
        It is too long, too deep, has too many literals, or is no condition; with the place.

    Examples
    --------
    >>> parse("customer.orders >= 2")
    Comparison(operator='>=', left=Name(name='customer.orders', place=Place(line=1, column=1)), \
right=Number(value=2.0, place=Place(line=1, column=20)), place=Place(line=1, column=17))
    """
    if len(text) > LONGEST:
        raise refusal(
            Place(),
            "the condition is too long",
            expected=f"at most {LONGEST:,} characters",
            found=f"{len(text):,}",
        )
    if not text.strip():
        raise refusal(Place(), "the condition is empty", remedy="leave it out where nothing is asked")
    try:
        tree = cast("Node", _parser().parse(text))
    except UnexpectedInput as problem:
        raise _explained(problem, text) from None
    _check_size(tree)
    return tree


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes the parts, one method per rule of the grammar."""

    def start(self, node: Node) -> Node:
        return node

    def any_of(self, *operands: Node) -> Node:
        return AnyOf(operands, operands[0].place)

    def all_of(self, *operands: Node) -> Node:
        return AllOf(operands, operands[0].place)

    def negated(self, sign: Token, operand: Node) -> Node:
        return Not(operand, _place(sign))

    def compared(self, left: Node, operator: Token, right: Node) -> Node:
        return Comparison(cast("Operator", str(operator)), left, right, _place(operator))

    def member(self, operand: Node, sign: Token, *rest: Token | Node) -> Node:
        options = tuple(part for part in rest if not isinstance(part, Token))
        return Membership(operand, options, sign == "not", _place(sign))

    def negative(self, sign: Token, operand: Node) -> Node:
        return Negative(operand, _place(sign))

    def arithmetic(self, left: Node, sign: Token, right: Node) -> Node:
        return Arithmetic(cast("Sign", str(sign)), left, right, _place(sign))

    def number(self, digits: Token, unit: Token | None = None) -> Node:
        return _number(digits, unit)

    def text(self, quoted: Token) -> Node:
        return Text(_unquoted(str(quoted)), _place(quoted))

    def truth(self, word: Token) -> Node:
        return Truth(word == "true", _place(word))

    def name(self, name: Token) -> Node:
        return Name(str(name), _place(name))

    def apply(self, name: Token, *arguments: Node) -> Node:
        return Apply(str(name), arguments, _place(name))


@functools.cache
def _parser() -> Lark:
    return Lark(
        GRAMMAR,
        parser="lalr",
        transformer=_Builder(),
        maybe_placeholders=False,
        # Lark asks only the last of these where a name could be a keyword.
        lexer_callbacks={"NUMBER": _plain_number, "NAME": _not_miswritten},
    )


def _not_miswritten(name: Token) -> Token:
    is_keyword = name not in _KEYWORDS and name.lower() in _KEYWORDS
    return Token.new_borrow_pos(_MISWRITTEN, str(name), name) if is_keyword else name


def _plain_number(number: Token) -> Token:
    """Refuse what arithmetic would pass for: a date, and zeros that belong to one."""
    if "-" in number or number.count(".") == 2:
        raise date_in_condition(_place(number), str(number))
    plain = without_zeros(number)
    if plain != number:
        raise refusal(
            _place(number),
            "there are zeros before the number",
            expected=shown(plain, 30),
            found=shown(str(number), 30),
            remedy="leave them out",
        )
    return number


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


def _number(digits: Token, unit: Token | None) -> Node:
    number = Number(float(digits), _place(digits)) if unit is None else _duration(digits, unit)
    if math.isinf(number.value if isinstance(number, Number) else number.seconds):
        raise refusal(number.place, "the number is too large", found=shown(str(digits), 30))
    return number


def _duration(digits: Token, unit: Token) -> Duration:
    singular = unit.removesuffix("s")
    if singular not in UNIT_SECONDS:
        raise _unknown_unit(unit)
    return Duration(float(digits), singular, _place(digits))


def _unknown_unit(unit: Token) -> Exception:
    known = [name + "s" for name in UNIT_SECONDS]
    closest = nearest(unit.lower(), [*known, *_UNEVEN])
    remedy = f"did you mean {closest}?" if closest else ""
    if closest in _UNEVEN:
        remedy = "months and years differ in length: write days"
    return refusal(
        _place(unit), "unknown unit", expected=", ".join(known), found=shown(str(unit)), remedy=remedy
    )


def _unquoted(quoted: str) -> str:
    inside = quoted[1:-1]
    return re.sub(r"\\(.)", r"\1", inside) if quoted[0] == '"' else inside


def _check_size(tree: Node) -> None:
    """Walk with a list: a hostile tree is as deep as its text is long."""
    ahead, literals = [(tree, 1)], 0
    while ahead:
        node, depth = ahead.pop()
        literals += isinstance(node, Literals)
        if depth > DEEPEST:
            raise refusal(
                node.place,
                "the condition is nested too deeply",
                expected=f"at most {DEEPEST} parts within parts",
                remedy="split it",
            )
        ahead.extend((child, depth + 1) for child in children(node))
    if literals > MOST_LITERALS:
        raise refusal(
            tree.place,
            "the condition has too many values",
            expected=f"at most {MOST_LITERALS}",
            found=str(literals),
        )


def _explained(problem: UnexpectedInput, text: str) -> Exception:
    place, found = _where(problem, text)
    line = text.split("\n")[place.line - 1]
    return _miscompared(line, place) or _foreign_number(line, place) or _misfit(problem, place, found)


def _where(problem: UnexpectedInput, text: str) -> tuple[Place, str]:
    if isinstance(problem, UnexpectedCharacters):
        return Place(problem.line, problem.column), problem.char
    if isinstance(problem, UnexpectedToken) and problem.token.type != "$END":
        return _place(problem.token), str(problem.token)
    return _end(text), ""


def _around(pattern: re.Pattern[str], line: str, place: Place) -> tuple[str, Place]:
    """Return the match of which a place is part, with where it begins; an empty text where there is none."""
    matches = (match for match in pattern.finditer(line) if match.start() < place.column <= match.end())
    found = next(matches, None)
    return ("", place) if found is None else (found[0], Place(place.line, found.start() + 1))


def _miscompared(line: str, place: Place) -> Exception | None:
    sign, begins = _around(_COMPARING, line, place)
    meant = _COMPARED_INSTEAD.get(sign)
    if meant is None:
        return None
    return refusal(begins, f"{shown(sign)} does not fit here", expected=_COMPARISONS, remedy=f"write {meant}")


def _foreign_number(line: str, place: Place) -> Exception | None:
    written, begins = _around(_FIGURES, line, place)
    remedy = number_remedy(written)
    if not remedy or line[place.column - 1] not in ",.":
        return None
    return refusal(begins, "this is no number", expected=DECIMALS, found=shown(written), remedy=remedy)


def _misfit(problem: UnexpectedInput, place: Place, found: str) -> Exception:
    expected = _expected(problem)
    remedy = _INSTEAD.get(found, "")
    if getattr(getattr(problem, "token", None), "type", "") == _MISWRITTEN:
        remedy = f"write {found.lower()}"
    elif found in {"'", '"'}:
        remedy = "close the text with the same quote, on the same line"
    elif getattr(getattr(problem, "token", None), "type", "") == "COMPARES" and "AND" in expected:
        remedy = _CHAINED
    return refusal(
        place,
        f"{shown(found)} does not fit here" if found else "the condition ends too early",
        expected=_in_words(expected),
        remedy=remedy,
    )


def _expected(problem: UnexpectedInput) -> set[str]:
    expected: set[str] = getattr(problem, "accepts", None) or getattr(problem, "allowed", None) or set()
    if "NUMBER" in expected:
        return expected
    # After a value, NAME is a unit, or what the lexer takes every word for.
    return expected - {"NAME"} | ({"AND", "OR"} if "PLUS" in expected else set())


def _end(text: str) -> Place:
    lines = text.split("\n")
    return Place(len(lines), len(lines[-1]) + 1)


def _in_words(terminals: set[str]) -> str:
    if "AND" in terminals:  # after a value, arithmetic is the least of what could follow
        terminals = terminals - {"MINUS", "LPAR", "NOT"}
    words = [word for terminal, word in _WORDS.items() if terminal in terminals]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
