"""Rules for single values that events and catalogue items share: ids, texts, money. They find; the callers complain."""

import functools
import re
import unicodedata
from decimal import Decimal
from typing import Final

import msgspec

READABLE_NUMBER: Final = "at most 4,300 digits, and below 1e308 with a point or an exponent"
"""What Python reads of a number."""

LONGEST_ID: Final = 256
MOST_DECIMALS: Final = 12
MOST_ATTRIBUTES: Final = 200
SMALLEST_SUM: Final = Decimal("0.01")
"""The least that is given to a customer: amounts are said with two decimals, and less would read as nothing."""

ZONES_OF_NO_PLACE: Final = frozenset({"localtime", "posixrules", "Factory"})
"""Files among the time zones that mean another one on every machine, or none."""

_NOT_IN_IDS: Final = {
    "Cc": "a control character",
    "Cf": "an invisible formatting character",
    "Cn": "an unassigned character",
    "Co": "a private-use character",
    "Cs": "a lone surrogate",
    "So": "a symbol or emoji",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
_NOT_IN_TEXTS: Final = frozenset({"Cc", "Cs"})
_LAYOUT: Final = frozenset("\t\n\r")


_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def is_json_number(text: str) -> bool:
    """Return whether a text is a number as JSON writes it: ASCII digits without blanks, underscores or leading zeros."""
    return _JSON_NUMBER.fullmatch(text) is not None


def shown(value: object, limit: int = 60) -> str:
    """Return a value as an error message may show it: escaped, and cut with its length when long.

    Examples
    --------
    >>> shown("x" * 10_000, limit=6)
    "'xxxxx... (10000 characters)"
    """
    text = ascii(value[: limit + 1] if isinstance(value, str) else value)
    if len(text) <= limit and not (isinstance(value, str) and len(value) > limit):
        return text
    length = f" ({len(value)} characters)" if isinstance(value, str) else ""
    return f"{text[:limit]}...{length}"


def id_problem(value: str) -> str | None:
    r"""Return what keeps a string from being an id, or None.

    Examples
    --------
    >>> id_problem("A-17") is None
    True
    >>> id_problem("shop\x00")
    'a control character (U+0000)'
    """
    if not 1 <= len(value) <= LONGEST_ID:
        return f"{len(value)} characters"
    if value[0].isspace() or value[-1].isspace():
        return "a blank at its beginning or end"
    if value.isascii() and value.isprintable():
        return None
    categories = ((character, unicodedata.category(character)) for character in value)
    return next((f"{_NOT_IN_IDS[c]} (U+{ord(x):04X})" for x, c in categories if c in _NOT_IN_IDS), None)


@functools.lru_cache(maxsize=65_536)
def _is_id(value: str) -> bool:
    return id_problem(value) is None


def is_id(value: str) -> bool:
    """Whether a string can be an id; remembered for the ids of every day, not for long nonsense.

    Examples
    --------
    >>> is_id("A-17"), is_id(" A-17")
    (True, False)
    """
    return len(value) <= LONGEST_ID and _is_id(value)


def text_problem(value: str) -> str | None:
    r"""Return the first character that is no text, line break or tab, or None.

    Examples
    --------
    >>> text_problem("two\nlines") is None, text_problem("a\x00b")
    (True, 'U+0000')
    """
    if value.isprintable():
        return None
    odd = (x for x in value if unicodedata.category(x) in _NOT_IN_TEXTS and x not in _LAYOUT)
    return next((f"U+{ord(x):04X}" for x in odd), None)


def is_too_fine(amount: Decimal) -> bool:
    """Whether more decimals than money has are not zero; only the digits written are looked at.

    Examples
    --------
    >>> is_too_fine(Decimal("0.10000000000000")), is_too_fine(Decimal("1e-13"))
    (False, True)
    """
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -MOST_DECIMALS:
        return False
    digits = amount.as_tuple().digits
    beyond = -MOST_DECIMALS - exponent
    return any(digits[-beyond:])


def is_currency(value: str) -> bool:
    """Whether a string has the shape of an ISO 4217 code.

    Examples
    --------
    >>> is_currency("EUR"), is_currency("eur")
    (True, False)
    """
    return len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()


def is_past_reading(error: Exception) -> bool:
    """Whether msgspec refused JSON that is whole, for a number that is larger than Python reads.

    Examples
    --------
    >>> import msgspec
    >>> try:
    ...     msgspec.json.decode(b"9" * 5_000)
    ... except msgspec.ValidationError as error:
    ...     is_past_reading(error)
    True
    """
    return isinstance(error, msgspec.ValidationError) and "out of range" in str(error)
