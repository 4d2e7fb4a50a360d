"""Which of the overrides that a state remembers hold at a moment."""

from collections.abc import Iterable
from typing import TypeAlias

from recommender.customers.dealings import StaffOverride

_About: TypeAlias = tuple[str, str | None, int | None]
"""What may be overruled by one of them at a time: a kind, an action, an item."""


def in_force(overrides: Iterable[StaffOverride], now_s: int) -> list[StaffOverride]:
    """Return the overrides that hold now, oldest first; those of one second as they were said.

    Of each kind, action and item that is the newest that began; one dated ahead leaves the one before it until then.

    Parameters
    ----------
    overrides
        As the fold has them, oldest first.
    now_s
        Seconds since 1970.

    Examples
    --------
    >>> def hold(at_s: int, expires_s: int | None) -> StaffOverride:
    ...     return StaffOverride("hold_all", "ann", "grief", at_s, expires_s, None, None, None, None, "e1")
    >>> chain = [hold(5, 40), hold(30, None)]
    >>> [[one.at_s for one in in_force(chain, now_s)] for now_s in (4, 5, 29, 30, 99)]
    [[], [5], [5], [30], [30]]
    """
    return [
        one
        for one in not_replaced(overrides, now_s)
        if one.at_s <= now_s and (one.expires_s is None or now_s < one.expires_s)
    ]


def not_replaced(overrides: Iterable[StaffOverride], now_s: int) -> list[StaffOverride]:
    """Return the overrides that no other one has taken the place of by now, also those that are over or lie ahead, oldest first.

    One ahead that was ended before it began is over.

    Examples
    --------
    >>> def hold(at_s: int, expires_s: int | None) -> StaffOverride:
    ...     return StaffOverride("hold_all", "ann", "grief", at_s, expires_s, None, None, None, None, "e1")
    >>> chain = [hold(5, 40), hold(30, None)]
    >>> [[one.at_s for one in not_replaced(chain, now_s)] for now_s in (4, 29, 30)]
    [[5, 30], [5, 30], [30]]
    """
    newest: dict[_About, StaffOverride] = {}
    ahead: dict[tuple[_About, int], StaffOverride] = {}
    for one in sorted(overrides, key=lambda one: one.at_s):
        about = (one.kind, one.action, one.number)
        if one.at_s <= now_s:
            newest.pop(about, None)
            newest[about] = one
        else:
            ahead[about, one.at_s] = one  # an end is dated as what it ends
    return [*newest.values(), *ahead.values()]
