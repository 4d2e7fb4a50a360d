"""What is wrong with a condition, and where."""

import difflib
from collections.abc import Iterable

from recommender.errors import PlaybookError, PlaybookProblem
from recommender.playbook.conditions.syntax import Place


def refusal(
    place: Place, message: str, *, expected: str = "", found: str = "", remedy: str = ""
) -> PlaybookError:
    """Return the error for one place of a condition."""
    return PlaybookError((PlaybookProblem(place.line, place.column, "", message, expected, found, remedy),))


def date_in_condition(place: Place, written: str) -> PlaybookError:
    """Return the error for a date: conditions look back from the moment of the decision."""
    return refusal(
        place,
        "a condition holds no date",
        expected="a number of days, a month or a length of time",
        found=written,
        remedy="write days_since(last_purchase) > 45 or today.month == 12, or from and until of the action",
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was most likely meant, or an empty text.

    Also a name whose last part is right is found: ``orders`` means ``customer.orders``.

    Examples
    --------
    >>> nearest("customer.oders", ["customer.orders", "now"])
    'customer.orders'
    >>> nearest("orders", ["customer.orders", "now"])
    'customer.orders'
    >>> nearest("xyz", ["customer.orders", "now"])
    ''
    """
    names = list(known)
    close = difflib.get_close_matches(name[:100], names, n=1, cutoff=0.6)
    last_parts = {known_name.rpartition(".")[2]: known_name for known_name in reversed(names)}
    ends = difflib.get_close_matches(name[:100].rpartition(".")[2], last_parts, n=1, cutoff=0.75)
    return close[0] if close else last_parts[ends[0]] if ends else ""
