"""What staff can mean when they overrule: a reason, something that it is about, and an amount where the kind takes one.

What only a playbook knows, its actions and its currency, is asked where the playbook is.
"""

from decimal import Decimal
from typing import Final

from recommender.errors import InvalidEventError
from recommender.events.limits import LARGEST_MONEY
from recommender.events.vocabulary import Override
from recommender.value_rules import MOST_DECIMALS, SMALLEST_SUM, is_too_fine, shown

LARGEST_BOOST: Final = Decimal(1_000)
_LIMITS: Final[dict[str, tuple[str, Decimal, Decimal, str]]] = {
    "boost": (
        "a factor above 0",
        Decimal(0),
        LARGEST_BOOST,
        '"amount": "1.5" to make half as much again of its worth',
    ),
    "goodwill": (f"money of at least {SMALLEST_SUM}", SMALLEST_SUM, LARGEST_MONEY, '"amount": "20.00"'),
}
"""What an amount is, the least, the most, and an example."""


def check_override(event: Override) -> None:
    """Raise unless an override says something; times that lack an offset are for others to find.

    One that is over when it begins ends the one before it, and needs no amount.

    Raises
    ------
    InvalidEventError
        The message begins with the field. Author or reason are blank; it is about nothing, or ``hold_all`` about
        something; an amount is missing or out of range; an amount or a currency is of no use.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> said = {"source": "s", "event_id": "1", "occurred_at": noon, "author": "ann", "reason": "grief"}
    >>> check_override(Override(kind="hold_all", **said))
    >>> check_override(Override(kind="pin", **said))
    Traceback (most recent call last):
    recommender.errors.InvalidEventError: action and item_id are both missing: expected an action, an item_id, or both, with pin, found neither; name the action (see GET /v1/playbook) or the item
    """
    _check_words(event)
    _check_subject(event)
    _check_amount(event)


def _check_words(event: Override) -> None:
    for name, said in (("author", event.author), ("reason", event.reason)):
        if not said.strip():
            raise InvalidEventError(
                f"{name} says nothing",
                expected="who overrules" if name == "author" else "why it is overruled, in a few words",
                found="an empty text" if not said else "only blanks",
                remedy="each override has an author and a reason, which receipts and colleagues read",
            )


def _check_subject(event: Override) -> None:
    about = {"action": event.action, "item_id": event.item_id}
    named = [name for name, value in about.items() if value is not None]
    if event.kind in ("pin", "suppress", "boost") and not named:
        raise InvalidEventError(
            "action and item_id are both missing",
            expected=f"an action, an item_id, or both, with {event.kind}",
            found="neither",
            remedy="name the action (see GET /v1/playbook) or the item",
        )
    if event.kind == "hold_all" and named:
        raise InvalidEventError(
            f"{named[0]} does not go with hold_all, which is about everything",
            expected="neither action nor item_id",
            found=shown(about[named[0]]),
            remedy="send suppress to hold one action or item",
        )


def _check_amount(event: Override) -> None:
    for name, value, kinds in (
        ("amount", event.amount, ("boost", "goodwill")),
        ("currency", event.currency, ("goodwill",)),
    ):
        if value is not None and event.kind not in kinds:
            raise InvalidEventError(
                f"{name} does not go with {event.kind}",
                expected=f"{name} only with {' and '.join(kinds)}",
                found=shown(str(value)),
                remedy="leave it out",
            )
    if event.kind not in _LIMITS or (event.amount is None and _is_end(event)):
        return
    what, least, most, example = _LIMITS[event.kind]
    amount = event.amount
    if amount is None or not _is_between(amount, least, most) or is_too_fine(amount):
        raise InvalidEventError(
            f"amount is {'missing' if amount is None else 'out of range'}",
            expected=f"with {event.kind} {what} and at most {most}, with at most {MOST_DECIMALS} decimals",
            found="none" if amount is None else shown(str(amount)),
            remedy=f"send for example {example}",
        )


def _is_between(amount: Decimal, least: Decimal, most: Decimal) -> bool:
    return amount.is_finite() and amount > 0 and least <= amount <= most


def _is_end(event: Override) -> bool:
    until, at = event.expires_at, event.occurred_at
    is_aware = until is not None and until.utcoffset() is not None and at.utcoffset() is not None
    return until is not None and is_aware and until <= at
