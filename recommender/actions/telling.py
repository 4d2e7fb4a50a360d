"""Times and goods in the words of a customer."""

from collections.abc import Iterable
from typing import Final

from recommender.actions.situation import CustomerSituation
from recommender.types import SECONDS_PER_DAY

_NAMED: Final = 3
"""Goods that a sentence names before it says how many more there are."""


def ago(at_s: int, now_s: int) -> str:
    """Say how long ago something was, in whole days of 24 hours: true in every time zone.

    Examples
    --------
    >>> ago(0, 3_600), ago(0, 90_000), ago(0, 12 * 86_400)
    ('less than a day ago', '1 day ago', '12 days ago')
    """
    days = (now_s - at_s) // SECONDS_PER_DAY
    return "less than a day ago" if days < 1 else "1 day ago" if days == 1 else f"{days} days ago"


def ahead(at_s: int, now_s: int) -> str:
    """Say how far away something is, in whole days.

    Examples
    --------
    >>> ahead(3_600, 0), ahead(90_000, 0), ahead(12 * 86_400, 0)
    ('within a day', 'in 1 day', 'in 12 days')
    """
    days = (at_s - now_s) // SECONDS_PER_DAY
    return "within a day" if days < 1 else "in 1 day" if days == 1 else f"in {days} days"


def listed(names: Iterable[str]) -> str:
    """Join names as people do; the fourth and later ones are counted.

    Examples
    --------
    >>> listed(["ring"]), listed(["ring", "chain"]), listed(["ring", "chain", "box", "card", "bag"])
    ('ring', 'ring and chain', 'ring, chain, box and 2 more')
    """
    all_names = list(names)
    shown, rest = all_names[:_NAMED], len(all_names) - _NAMED
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)


def names_of(situation: CustomerSituation, numbers: Iterable[int]) -> list[str]:
    """Return the names of the items that the catalogue knows, each once."""
    names = (situation.repertoire.name(number) for number in numbers)
    return list(dict.fromkeys(name for name in names if name is not None))
