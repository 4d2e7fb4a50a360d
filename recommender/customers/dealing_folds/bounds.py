"""How much of each kind of dealing a state remembers.

What a gate or a promise asks for is never dropped: open complaints, the newest word on consent, overrides that may be
live, units, permanent bounces, goodwill that was offered, and every contact that a cap of at most 200 contacts per
channel and action in at most 400 days could count. What kinds say once is remembered longer: the newest contact that
was sent of each action about each item and subject. The rest is the newest of each kind; the log keeps everything.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

MOST_GIFTS: Final = 100
MOST_DELIVERIES: Final = 50
MOST_RESOLVED_COMPLAINTS: Final = 20
MOST_QUESTIONS: Final = 20
MOST_VISITS: Final = 100
"""Of one service code, item, serial and order."""

MOST_BOOKINGS: Final = 50
"""That are over or called off."""

MOST_BOOKED_AHEAD: Final = 200
"""Of visits that may still come, the next: each silences a reminder, and is one to be reminded of."""

BOOKING_DAYS: Final = 10
"""So long after its beginning a visit may still silence a reminder: a kept one for 7 days, and clocks differ by one."""

MOST_FORMER_UNITS: Final = 100
"""That visits or appointments name."""

MOST_REPLACED: Final = 20
"""Units that one took the place of, one after the other."""

MOST_SURVEYS: Final = 50
MOST_REVIEWS: Final = 200
CONTACT_DAYS: Final = 400
"""Counted back from the customer's newest contact."""

MOST_CONTACTS: Final = 200
"""Of one channel and action."""

MOST_TOPICS: Final = 30
"""Items and subjects of one action of which the newest contact is remembered, however old it is."""

MOST_TOPICS_IN_ALL: Final = 300
MOST_RELEASED: Final = 20
MOST_OUTCOMES: Final = 100
"""Seen or ignored, of one action and outcome: whoever looks around leaves many of them."""

MOST_ANSWERS: Final = 400
"""Accepted or dismissed, of one action and outcome: the customer's own word, of which a row takes some 35 bytes."""

MOST_OUTCOMES_IN_ALL: Final = 1_000
"""Pages may report impressions and answers of any action: so many of each at most."""

MOST_SPECIAL_DAYS: Final = 50
MOST_ENDED_OVERRIDES: Final = 20
MOST_AHEAD: Final = 8
"""Overrides of one kind, action and item that may all lie ahead; what holds until the first begins is beside them."""

MOST_NAMES: Final = 200
"""Of preferences, and of attributes."""

LONGEST_VALUE: Final = 256
"""Characters of a preference or an attribute that a state remembers; a longer text stays in the log."""

_T = TypeVar("_T")


def newest(rows: Sequence[_T], most: int) -> tuple[_T, ...]:
    """Return the last ``most`` rows.

    Examples
    --------
    >>> newest([1, 2, 3], 2)
    (2, 3)
    """
    return tuple(rows[-most:])


def newest_of_each(rows: Sequence[_T], key: Callable[[_T], Hashable], most: int) -> tuple[_T, ...]:
    """Return the last ``most`` rows of every key, in their order.

    Examples
    --------
    >>> newest_of_each(["a1", "b1", "a2", "a3"], lambda row: row[0], 2)
    ('b1', 'a2', 'a3')
    """
    seen: Counter[Hashable] = Counter()
    kept = []
    for row in reversed(rows):
        group = key(row)
        seen[group] += 1
        if seen[group] <= most:
            kept.append(row)
    return tuple(reversed(kept))
