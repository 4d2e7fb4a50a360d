"""Units that took the place of others: what was promised for these goes on with them."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from recommender.customers.dealing_folds.bought import BoughtLine
from recommender.customers.dealing_folds.bounds import MOST_REPLACED, newest
from recommender.customers.dealing_folds.reading import seconds
from recommender.customers.dealings import FormerUnit

_ALMOST_NOTHING: Final = 1e-9
"""Share of a quantity that is an artefact of floating point, not a unit more."""


@dataclass(frozen=True, slots=True)
class Replacements:
    """Which lines took the place of which; lines are meant by their places.

    Attributes
    ----------
    before
        Of a line that replaces units of another one: that one.
    moved
        How many units of a line are still the customer's although their promises went on to others.
    """

    lines: Sequence[BoughtLine]
    before: Mapping[int, int] = field(default_factory=dict)
    moved: Mapping[int, int] = field(default_factory=dict)

    def instead_of(self, place: int) -> tuple[FormerUnit, ...]:
        """Return the units whose place a line took, one after the other, oldest first."""
        found: list[FormerUnit] = []
        while place in self.before:
            place = self.before[place]
            old = self.lines[place]
            found.append(FormerUnit(old.number, old.order.order_id, old.line.serial))
        return newest(found[::-1], MOST_REPLACED)

    def promised_s(self, place: int) -> int | None:
        """Return when the first of those units was bought; None where a line replaces nothing."""
        if place not in self.before:
            return None
        while place in self.before:
            place = self.before[place]
        return seconds(self.lines[place].order.occurred_at)


def replacements_of(lines: Sequence[BoughtLine]) -> Replacements:
    """Find for each line that replaces something the newest line before it that has as many units left to replace.

    Parameters
    ----------
    lines
        Of a customer, in the order of the fold. Only what is no gift replaces, and is replaced.
    """
    asking = [place for place, one in enumerate(lines) if _replaces(one)]
    if not asking:
        return Replacements(lines)
    before: dict[int, int] = {}
    taken: Counter[int] = Counter()
    for place in asking:
        count = units_in(lines[place].line.quantity)
        for old in _named(lines[:place], lines[place]):
            if taken[old] + count <= units_in(lines[old].line.quantity):
                before[place] = old
                taken[old] += count
                break
    return Replacements(lines, before, _moved(lines, before))


def units_in(quantity: float) -> int:
    """Return how many units a quantity is; a part of one counts as one.

    Examples
    --------
    >>> units_in(2.0), units_in(1.5), units_in(2.0000000001), units_in(0.0)
    (2, 2, 2, 0)
    """
    return math.ceil(quantity * (1.0 - _ALMOST_NOTHING))


def _replaces(one: BoughtLine) -> bool:
    line = one.line
    return not line.is_gift and (line.replaces_serial is not None or line.replaces_order_id is not None)


def _named(earlier: Sequence[BoughtLine], one: BoughtLine) -> list[int]:
    """Return which lines a replacement names, newest first; of an order alone those of its item, else its only line."""
    serial, order_id = one.line.replaces_serial, one.line.replaces_order_id
    found = [
        place
        for place in reversed(range(len(earlier)))
        if not earlier[place].line.is_gift
        and serial in {None, earlier[place].line.serial}
        and order_id in {None, earlier[place].order.order_id}
    ]
    if serial is not None:
        return found
    same = [place for place in found if earlier[place].number == one.number]
    return same or (found if len(found) == 1 else [])


def _moved(lines: Sequence[BoughtLine], before: Mapping[int, int]) -> dict[int, int]:
    """Count the units whose promise went on to one that is still owned, or was replaced by one; less what came back."""
    alive = {place for place, one in enumerate(lines) if one.kept > 0.0}
    gone_on: Counter[int] = Counter()
    for place in sorted(before, reverse=True):
        if place in alive:
            alive.add(before[place])
            gone_on[before[place]] += units_in(lines[place].line.quantity)
    return {
        place: still
        for place, count in gone_on.items()
        if (still := count - units_in(lines[place].line.quantity) + units_in(lines[place].kept)) > 0
    }
