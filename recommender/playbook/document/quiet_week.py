"""Quiet hours that together leave no minute of the week."""

from collections.abc import Collection, Sequence
from typing import Final

from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import QuietHours

_DAY: Final = 1_440
_WEEK: Final = 7 * _DAY
_ALL: Final = (1 << _WEEK) - 1
OUTBOUND_KINDS: Final = tuple(kind for kind in ActionKind if kind is not ActionKind.DO_NOTHING)


def closing_rule(rules: Sequence[QuietHours], channels: Collection[str]) -> int | None:
    """Return the first rule with which nothing can go out at any time, on any channel; None: there is none.

    Parameters
    ----------
    rules
        In the order of the file.
    channels
        The outbound ones; where there are none, one that no rule names is thought of.

    Returns
    -------
    int
        The last of the rules that cover the week together, from 0. A kind that they leave out may be all that a shop sends.
        What some customers prefer closes the week of no others, and may close their own.

    Examples
    --------
    >>> night, day = QuietHours(20 * 60, 8 * 60), QuietHours(8 * 60, 20 * 60)
    >>> but_for_visits = QuietHours(8 * 60, 20 * 60, except_kinds=frozenset({ActionKind.APPOINTMENT}))
    >>> closing_rule([night, day], ["email"]), closing_rule([day], ["email"]), closing_rule([night, but_for_visits], ["email"])
    (1, None, None)
    """
    named = tuple(channels) or ("",)
    quiet = {(kind, channel): 0 for kind in OUTBOUND_KINDS for channel in named}
    for position, rule in enumerate(rules):
        if rule.preference is not None:
            continue
        minutes = quiet_minutes(rule)
        for kind, channel in quiet:
            if kind not in rule.except_kinds and (not rule.channels or channel in rule.channels):
                quiet[kind, channel] |= minutes
        if all(taken == _ALL for taken in quiet.values()):
            return position
    return None


def quiet_minutes(rule: QuietHours) -> int:
    """Return the minutes of the week in which a rule holds, a bit each, from Monday's midnight on.

    Examples
    --------
    >>> over_midnight = QuietHours(from_minute=1_439, until_minute=1, weekdays=frozenset({6}))
    >>> quiet_minutes(over_midnight) == 1 << 10_079 | 1  # the last minute of Sunday and the first of Monday
    True
    """
    length = (rule.until_minute - rule.from_minute - 1) % _DAY + 1
    minutes = 0
    for weekday in rule.weekdays:
        minutes |= ((1 << length) - 1) << (weekday * _DAY + rule.from_minute)
    return minutes & _ALL | minutes >> _WEEK
