"""The parts of a condition as they were written. Equality ignores where they stood."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from recommender.playbook.conditions.vocabulary import UNIT_SECONDS

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
Sign: TypeAlias = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column within the condition, both from 1."""

    line: int = 1
    column: int = 1


_PLACE = Place()


@dataclass(frozen=True, slots=True)
class Number:
    """``45``."""

    value: float
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Duration:
    """``45 days``; ``unit`` is singular."""

    amount: float
    unit: str
    place: Place = field(default=_PLACE, compare=False)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.amount * UNIT_SECONDS[self.unit]


@dataclass(frozen=True, slots=True)
class Text:
    """``"de"``."""

    value: str
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """``true`` or ``false``."""

    value: bool
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A fact without argument."""

    name: str
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """A fact or a function with what stands in its parentheses."""

    name: str
    arguments: "tuple[Node, ...]"
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """``-x``."""

    operand: "Node"
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``x + y``."""

    sign: Sign
    left: "Node"
    right: "Node"
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``x >= y``."""

    operator: Operator
    left: "Node"
    right: "Node"
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """``x in (1, 2)``, or ``x not in (1, 2)``."""

    operand: "Node"
    options: "tuple[Node, ...]"
    is_negated: bool
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """``not x``."""

    operand: "Node"
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """``x and y and z``."""

    operands: "tuple[Node, ...]"
    place: Place = field(default=_PLACE, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``x or y or z``."""

    operands: "tuple[Node, ...]"
    place: Place = field(default=_PLACE, compare=False)


Literals: TypeAlias = Number | Duration | Text | Truth
Node: TypeAlias = (
    Literals | Name | Apply | Negative | Arithmetic | Comparison | Membership | Not | AllOf | AnyOf
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of a part.

    Examples
    --------
    >>> children(Negative(Number(1)))[0].value
    1
    >>> children(Number(1))
    ()
    """
    match node:
        case Negative(operand) | Not(operand):
            return (operand,)
        case Arithmetic(_, left, right) | Comparison(_, left, right):
            return (left, right)
        case Membership(operand, options):
            return (operand, *options)
        case AllOf(operands) | AnyOf(operands):
            return operands
        case Apply(_, arguments):
            return arguments
        case _:
            return ()
