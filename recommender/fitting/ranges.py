"""Ranges of settings, declared beside each field, and the check of a whole configuration against them."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Protocol, get_args, get_origin, get_type_hints, runtime_checkable

from recommender.errors import InvalidRequestError
from recommender.value_rules import shown


@runtime_checkable
class Rule(Protocol):
    """What a field may hold; as text, what is expected."""

    def holds(self, value: object) -> bool:
        """Whether a value fits."""


@dataclass(frozen=True, slots=True)
class Within:
    """A number from ``low`` to ``high``, both included; no NaN.

    Examples
    --------
    >>> Within(1, 4).holds(4), Within(1, 4).holds(float("nan")), str(Within(1, 20_000))
    (True, False, '1 to 20,000')
    """

    low: float
    high: float

    def holds(self, value: object) -> bool:
        """Whether a value is such a number."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{_number(self.low)} to {_number(self.high)}"


@dataclass(frozen=True, slots=True)
class AboveZero:
    """A number above zero, at most ``high``; no NaN.

    Examples
    --------
    >>> AboveZero(1).holds(0), str(AboveZero(1))
    (False, 'above 0, at most 1')
    """

    high: float

    def holds(self, value: object) -> bool:
        """Whether a value is such a number."""
        return isinstance(value, int | float) and 0 < value <= self.high

    def __str__(self) -> str:
        return f"above 0, at most {_number(self.high)}"


@dataclass(frozen=True, slots=True)
class Ascending:
    """One to ``most`` numbers from ``low`` on, each above the one before; the last may be infinite.

    Examples
    --------
    >>> rule = Ascending(0.5, 3)
    >>> rule.holds((0.5, float("inf"))), rule.holds(()), rule.holds((2.0, 1.0)), str(rule)
    (True, False, False, '1 to 3 numbers, ascending, 0.5 or more')
    """

    low: float
    most: int

    def holds(self, value: object) -> bool:
        """Whether a value is such a tuple."""
        if not isinstance(value, tuple) or not 1 <= len(value) <= self.most:
            return False
        return value[0] >= self.low and all(lower < upper for lower, upper in itertools.pairwise(value))

    def __str__(self) -> str:
        return f"1 to {self.most} numbers, ascending, {_number(self.low)} or more"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A field outside its range: dotted name, what its rule expects, and what it holds."""

    name: str
    expected: str
    found: str


def misfits(config: object, prefix: str = "") -> Iterator[Misfit]:
    """Yield every field of a configuration, and of its parts, that breaks a rule it is annotated with.

    ``None`` fits where the type allows it.
    """
    hints = get_type_hints(type(config), include_extras=True)
    for field in fields(config):  # type: ignore[arg-type]  # callers pass dataclasses
        value = getattr(config, field.name)
        if is_dataclass(value):
            yield from misfits(value, f"{prefix}{field.name}.")
        elif value is not None:
            yield from (
                Misfit(prefix + field.name, str(rule), shown(value))
                for rule in _rules(hints[field.name])
                if not rule.holds(value)
            )


def refuse_misfits(config: object) -> None:
    """Raise for the first field that is outside its range.

    Raises
    ------
    InvalidRequestError
        With its name, its range, what was found and how many others there are.
    """
    found = list(misfits(config))
    if not found:
        return
    others = f" (and {len(found) - 1} other settings)" if len(found) > 1 else ""
    raise InvalidRequestError(
        f"{found[0].name} of the configuration is out of range",
        expected=found[0].expected,
        found=found[0].found + others,
        remedy="correct it, or leave it out for its default",
    )


def _rules(hint: object) -> Iterator[Rule]:
    """Yield the rules that stand in an annotation, also in one half of ``... | None``."""
    if get_origin(hint) is Annotated:
        yield from (extra for extra in get_args(hint)[1:] if isinstance(extra, Rule))
        return
    for part in get_args(hint):
        yield from _rules(part)


def _number(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) and value == int(value) else f"{value:g}"
