"""The ranges of single values: ids, texts, quantities, money, times.

Each function raises :class:`InvalidEventError` naming the field, what was expected, what was found and the remedy.
"""

import functools
import math
from datetime import datetime
from decimal import Decimal
from typing import Final

from recommender.errors import InvalidEventError
from recommender.value_rules import (
    LONGEST_ID,
    MOST_ATTRIBUTES,
    MOST_DECIMALS,
    id_problem,
    is_currency,
    is_id,
    is_too_fine,
    shown,
    text_problem,
)

LONGEST_TEXT: Final = 10_000
LARGEST_QUANTITY: Final = 1_000_000.0
LARGEST_MONEY: Final = Decimal(1_000_000_000)
MOST_RANK: Final = 1_000


def check_id(name: str, value: str) -> str:
    """Return the id unchanged if it is 1 to 256 visible characters without blanks around them.

    Raises
    ------
    InvalidEventError
        It is empty, too long, padded, or holds a control, formatting, unassigned, surrogate or private character,
        or a symbol such as an emoji.

    Examples
    --------
    >>> check_id("item_id", "85123A")
    '85123A'
    """
    if not is_id(value):
        raise InvalidEventError(
            f"{name} is no id",
            expected=f"1 to {LONGEST_ID} visible characters without blanks around them",
            found=f"{id_problem(value)} in {shown(value)}",
            remedy="send the id that the shop itself uses",
        )
    return value


def check_text(name: str, value: str) -> None:
    """Raise unless the text is at most 10,000 characters of text, line breaks and tabs."""
    if len(value) > LONGEST_TEXT:
        raise InvalidEventError(
            f"{name} is too long",
            expected=f"at most {LONGEST_TEXT} characters",
            found=f"{len(value)}",
            remedy="shorten it",
        )
    if (odd := text_problem(value)) is not None:
        raise InvalidEventError(
            f"{name} holds a character that is no text",
            expected="text, line breaks and tabs",
            found=odd,
            remedy="take it out, or send the text as UTF-8",
        )


def check_label(name: str, value: str) -> None:
    """Raise unless the label is one line of 1 to 256 characters."""
    if not 1 <= len(value) <= LONGEST_ID or "\n" in value or "\r" in value:
        raise InvalidEventError(
            f"{name} is no label",
            expected=f"one line of 1 to {LONGEST_ID} characters",
            found=shown(value),
            remedy="send a short word, or leave the field out",
        )
    check_text(name, value)


def check_texts(name: str, value: dict[str, str]) -> None:
    """Raise unless there are at most 200 labelled texts."""
    if len(value) > MOST_ATTRIBUTES:
        raise InvalidEventError(
            f"{name} has too many entries",
            expected=f"at most {MOST_ATTRIBUTES}",
            found=f"{len(value)}",
            remedy="keep those that a decision may use",
        )
    for key, text in value.items():
        check_label(f"a key of {name}", key)
        check_text(f"{name}.{key}", text)


def check_quantity(name: str, value: float) -> None:
    """Raise unless the quantity is above 0 and at most 1,000,000."""
    if not 0.0 < value <= LARGEST_QUANTITY:  # NaN fails both comparisons
        raise InvalidEventError(
            f"{name} is out of range",
            expected="a number above 0 and at most 1000000",
            found=shown(value),
            remedy="send what came back as a return, and leave out lines of nothing",
        )


@functools.lru_cache(maxsize=16_384)
def _is_money(amount: Decimal) -> bool:
    return 0 <= amount <= LARGEST_MONEY and not is_too_fine(amount)


def check_money(name: str, value: Decimal) -> None:
    """Raise unless the amount is finite, 0 to 1e9, with at most 12 decimals."""
    if not (value.is_finite() and _is_money(value)):
        raise InvalidEventError(
            f"{name} is out of range",
            expected=f"0 to 1000000000 with at most {MOST_DECIMALS} decimals",
            found=shown(str(value)),
            remedy="send the price of one unit as a positive decimal, or leave it out when unknown",
        )


def check_currency(name: str, value: str) -> None:
    """Raise unless it has the shape of an ISO 4217 code."""
    if not is_currency(value):
        raise InvalidEventError(
            f"{name} is no currency code",
            expected="three capital letters (ISO 4217)",
            found=shown(value),
            remedy="send for example EUR",
        )


def check_rank(name: str, value: int) -> None:
    """Raise unless the rank is 1 to 1,000."""
    _check_between(name, value, 1, MOST_RANK, "the first action of an answer has rank 1")


def check_rating(name: str, value: int) -> None:
    """Raise unless the rating is 1 to 5."""
    _check_between(name, value, 1, 5, "scale other ratings to five stars")


def _check_between(name: str, value: int, least: int, most: int, remedy: str) -> None:
    if not least <= value <= most:
        raise InvalidEventError(
            f"{name} is out of range", expected=f"{least} to {most}", found=shown(value), remedy=remedy
        )


def check_score(name: str, value: float) -> None:
    """Raise unless the score is a finite number."""
    if not math.isfinite(value):
        raise InvalidEventError(f"{name} is no number", expected="a finite number", found=shown(value))


def check_aware(name: str, value: datetime) -> None:
    """Raise unless the time says its offset from UTC."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidEventError(
            f"{name} has no time zone",
            expected="a time with an offset, such as 2024-05-01T12:00:00Z",
            found=value.isoformat(),
            remedy="append Z if it is UTC, else the offset of the shop",
        )
