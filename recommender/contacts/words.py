"""Limits in words, for receipts and for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from recommender.playbook.model import QuietHours, Wish

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def span_words(seconds: int) -> str:
    """Say a length of time in its two largest units.

    Examples
    --------
    >>> [span_words(s) for s in (604_800, 86_400, 5_400, 86_399, 0)]
    ['7 days', '1 day', '1 hour 30 minutes', '23 hours 59 minutes', '0 seconds']
    """
    parts, rest = [], seconds
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        parts.append((count, name))
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    said = [_counted(count, name) for count, name in parts[first : first + 2] if count]
    return " ".join(said) or "0 seconds"


def contact_words(count: int, channels: Sequence[str]) -> str:
    """Say contacts on some channels, all where none is named.

    Examples
    --------
    >>> contact_words(2, ["email"]), contact_words(1, ["email", "sms"]), contact_words(3, [])
    ('2 email contacts', '1 email or sms contact', '3 contacts')
    """
    return _counted(count, f"{' or '.join(channels)} contact".lstrip())


def clock_words(rule: QuietHours, at_s: int, zone: ZoneInfo) -> str:
    """Say what the customer's clock shows, and which quiet hours hold.

    Examples
    --------
    >>> clock_words(QuietHours(21 * 60, 8 * 60), 1_700_000_000, ZoneInfo("Europe/Rome"))
    '23:13 in Europe/Rome, quiet from 21:00 to 08:00'
    """
    wall = datetime.fromtimestamp(at_s, zone)
    return f"{wall:%H:%M} in {zone}, quiet from {_clock(rule.from_minute)} to {_clock(rule.until_minute)}"


def wish_words(wish: Wish | None) -> str:
    """Say whose wish a limit is; nothing of one that binds everybody.

    Examples
    --------
    >>> wish_words(("contact_frequency", "weekly")), wish_words(None)
    (', preference contact_frequency is "weekly"', '')
    """
    return "" if wish is None else f', preference {wish[0]} is "{wish[1]}"'


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
