"""The items of which units are told apart: those that the service plans of the present playbook are about."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from recommender.customers.needed_units import needs_units
from recommender.customers.state import CustomerState
from recommender.types import BoolArray, ItemNumber, UInt32Array


def no_items() -> Collection[ItemNumber]:
    """Return nothing: there is no playbook with a service plan."""
    return ()


@dataclass(frozen=True, slots=True)
class _Resolved:
    told: Collection[ItemNumber]
    numbers: frozenset[ItemNumber]
    mask: BoolArray


class PlannedItems:
    """What is planned now, in the forms in which folds and readers ask for it.

    Parameters
    ----------
    current
        Returns the planned items, cheaply; another object whenever they have changed.

    Examples
    --------
    >>> PlannedItems(lambda: (ItemNumber(2),)).numbers()
    frozenset({2})
    """

    def __init__(self, current: Callable[[], Collection[ItemNumber]] = no_items) -> None:
        self._current = current
        self._resolved = _Resolved((), frozenset(), np.zeros(0, np.bool_))

    def numbers(self) -> frozenset[ItemNumber]:
        """Return the planned items."""
        return self._now().numbers

    def sorted_numbers(self) -> UInt32Array:
        """Return the planned items, ascending."""
        return np.flatnonzero(self._now().mask).astype(np.uint32)

    def is_lacking_in(self, state: CustomerState) -> bool:
        """Whether a state was folded before some item that its customer owns was planned."""
        now = self._now()
        return bool(now.numbers) and needs_units(state, now.mask)

    def _now(self) -> _Resolved:
        told = self._current()
        resolved = self._resolved
        if told is not resolved.told:
            mask = np.zeros(max(told, default=-1) + 1, np.bool_)
            mask[list(told)] = True
            resolved = self._resolved = _Resolved(told, frozenset(told), mask)
        return resolved
