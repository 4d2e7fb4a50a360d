"""From the cells of a catalogue file to the fields of an item."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias, TypeVar

import msgspec

from recommender.catalog import Ownership
from recommender.errors import InvalidRequestError

Field: TypeAlias = str | bool | Decimal | datetime | Ownership | tuple[str, ...] | dict[str, str] | None

_T = TypeVar("_T")

YES: Final = frozenset({"true", "yes", "y", "1", "in stock", "in_stock", "available"})
NO: Final = frozenset(
    {"false", "no", "n", "0", "out of stock", "out_of_stock", "unavailable", "discontinued"}
)


class FieldError(ValueError):
    """A cell that cannot be read; the text is the reason, for a person."""


def read_flag(text: str) -> bool:
    """Return yes or no.

    Examples
    --------
    >>> read_flag("In stock"), read_flag("0")
    (True, False)
    """
    word = text.lower().removesuffix(".0")
    if word in YES or word in NO:
        return word in YES
    raise FieldError("is neither yes nor no")


def read_price(text: str) -> Decimal:
    """Return a decimal.

    Examples
    --------
    >>> read_price("4.50")
    Decimal('4.50')
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        raise FieldError("is not a number") from None


def read_moment(text: str) -> datetime:
    """Return an instant that was put into ISO form with an offset before."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FieldError("is not a date or time") from None


def read_ownership(text: str) -> Ownership:
    """Return a policy: ``own_once``, ``consumable``, ``cool_down:30``, or its JSON form.

    Examples
    --------
    >>> read_ownership("cool_down:30")
    Ownership(kind='cool_down', cool_down_days=30)
    """
    if text.startswith("{"):
        return _from_json(text, Ownership)
    kind, _, days = (part.strip() for part in text.lower().replace("-", "_").partition(":"))
    number = int(days) if days.isdecimal() else None
    if kind == "own_once" and not days:
        return Ownership("own_once")
    if kind == "consumable" and not days:
        return Ownership("consumable")
    if kind == "cool_down" and number is not None:
        return Ownership("cool_down", number)
    raise FieldError("is none of own_once, consumable, cool_down:<days>")


def category_reader(separator: str) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of category paths; a JSON array is taken as it is.

    Raises
    ------
    InvalidRequestError
        Nothing stands between the levels.

    Examples
    --------
    >>> category_reader(">")("Food > Tins")
    ('Food', 'Tins')
    """
    if not separator:
        raise InvalidRequestError(
            "--separator is empty",
            expected="what stands between the levels of a category, such as > or /",
            found="''",
            remedy="leave --separator out where categories have one level",
        )

    def read(text: str) -> tuple[str, ...]:
        if text.startswith("["):
            return _from_json(text, tuple[str, ...])
        return tuple(level.strip() for level in text.split(separator) if level.strip())

    return read


def read_attributes(text: str) -> dict[str, str]:
    """Return a JSON object as attributes; numbers and flags as their text.

    Examples
    --------
    >>> read_attributes('{"colour": "red", "size": 4}')
    {'colour': 'red', 'size': '4'}
    """
    raw = _from_json(text, dict[str, str | int | float | bool])
    return {
        key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for key, value in raw.items()
    }


def _from_json(text: str, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as problem:
        raise FieldError(f"is no JSON of the right form: {problem}") from None
