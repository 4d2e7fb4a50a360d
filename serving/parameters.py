"""Strict query parameters: what is not understood is refused, never ignored."""

import re
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import parse_qsl

from recommender.errors import InvalidEventError, InvalidRequestError
from recommender.events.limits import check_label
from recommender.events.validation import check_id
from recommender.types import CustomerId, DecisionId, ItemId

MAX_QUERY_FIELDS = 32
LONGEST_LABEL: Final = 64
"""Of a placement, a channel or the name of an action in a query."""
_DECISION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def parse_query(query_string: bytes, allowed: Sequence[str]) -> dict[str, str]:
    """Return the parameters by name.

    Raises
    ------
    InvalidRequestError
        A name that the path does not know, a name sent twice, or text that is not UTF-8.

    Examples
    --------
    >>> parse_query(b"k=4&placement=cart%20page", ("k", "placement"))
    {'k': '4', 'placement': 'cart page'}
    """
    if not query_string:
        return {}
    found: dict[str, str] = {}
    for name, value in _pairs(query_string):
        if name not in allowed:
            raise InvalidRequestError(
                "unknown query parameter",
                expected="one of " + ", ".join(allowed) if allowed else "no parameters",
                found=name[:80],
                remedy="leave it out",
            )
        if name in found:
            raise InvalidRequestError(
                f"the query parameter {name} was sent twice",
                expected="one value",
                found="several",
                remedy="send one",
            )
        found[name] = value
    return found


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MAX_QUERY_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        reason = "not UTF-8" if isinstance(error, UnicodeError) else "too many parameters"
        raise InvalidRequestError(
            "the query cannot be read",
            expected=f"at most {MAX_QUERY_FIELDS} percent-encoded UTF-8 parameters",
            found=reason,
            remedy="encode the values with encodeURIComponent",
        ) from None


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """Parse a whole number within bounds.

    Raises
    ------
    InvalidRequestError
        Not a whole number in ASCII digits, or out of bounds.

    Examples
    --------
    >>> whole_number("k", "4", 1, 100)
    4
    >>> whole_number("k", "-4", 1, 100)
    Traceback (most recent call last):
        ...
    recommender.errors.InvalidRequestError: k is out of range: expected a whole number from 1 to 100, found -4; send k=10
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise InvalidRequestError(
            f"{name} is not a whole number",
            expected=f"a whole number from {low} to {high}",
            found=text[:40] or "nothing",
            remedy=f"send {name}={min(high, 10)}",
        )
    number = int(text)
    if not low <= number <= high:
        raise InvalidRequestError(
            f"{name} is out of range",
            expected=f"a whole number from {low} to {high}",
            found=text,
            remedy=f"send {name}={min(high, 10)}",
        )
    return number


def flag(name: str, text: str) -> bool:
    """Parse ``true`` or ``false``.

    Raises
    ------
    InvalidRequestError
        Anything else.
    """
    if text in ("true", "false"):
        return text == "true"
    raise InvalidRequestError(
        f"{name} is not a yes or no",
        expected="true or false",
        found=text[:40] or "nothing",
        remedy=f"send {name}=true",
    )


def label(name: str, text: str | None) -> str | None:
    """Check a placement, a channel or another short name; absent stays absent.

    Raises
    ------
    InvalidRequestError
        Longer than 64 characters (:data:`LONGEST_LABEL`), or characters an id may not have.
    """
    if text is None:
        return None
    if len(text) > LONGEST_LABEL:
        raise InvalidRequestError(
            f"{name} is too long",
            expected=f"1 to {LONGEST_LABEL} characters",
            found=f"{len(text)} characters",
            remedy="shorten it",
        )
    return _checked_id(name, text)


def customer_id_of(text: str) -> CustomerId:
    """Check a customer id from a path or a body."""
    return CustomerId(_checked_id("customer_id", text))


IDEMPOTENCY_KEY: Final = b"idempotency-key"


def event_id_of(header: str | None, field: str | None) -> str | None:
    """Return the event id that a caller chose, as ``Idempotency-Key`` or in the body; None when they chose none.

    Raises
    ------
    InvalidRequestError
        Both, and they differ.
    """
    key = None if header is None else _checked_id("Idempotency-Key", header)
    if key is not None and field not in (None, key):
        raise InvalidRequestError(
            "Idempotency-Key and event_id name two events",
            expected="one of them, or both alike",
            found=f"{key[:80]} and {str(field)[:80]}",
        )
    return field if key is None else key


def named_id(name: str, text: str) -> str:
    """Check another id from a query, such as an order number."""
    return _checked_id(name, text)


def line_of_text(name: str, text: str) -> str:
    """Check what somebody typed to look for a person: one line of up to 256 characters, blanks around it or not."""
    return _checked(check_label, name, text)


def request_id_of(text: str | None) -> str | None:
    """Check a request id from a query or a body; absent stays absent."""
    return None if text is None else _checked_id("request_id", text)


def item_id_of(text: str) -> ItemId:
    """Check an item id from a path or a body."""
    return ItemId(_checked_id("item_id", text))


def decision_id_of(text: str) -> DecisionId:
    """Check a decision id from a path.

    Raises
    ------
    InvalidRequestError
        It is no UUID, so nobody needs to look for it.
    """
    if _DECISION_ID.fullmatch(text) is None:
        raise InvalidRequestError(
            "decision_id is no id of a decision",
            expected="a UUID such as 019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e",
            found=text[:80],
            remedy="send the decision_id of an answer as it was",
        )
    return DecisionId(text)


def _checked_id(name: str, text: str) -> str:
    return _checked(check_id, name, text)


def _checked(check: Callable[[str, str], object], name: str, text: str) -> str:
    try:
        check(name, text)
    except InvalidEventError as error:
        raise InvalidRequestError(
            error.message, expected=error.expected, found=error.found, remedy=error.remedy
        ) from None
    return text
