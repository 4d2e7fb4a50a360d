"""The items of which units are told apart: those that the service plans of the present playbook are about."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from recommender.customers.needed_units import needs_other_units
from recommender.customers.state import CustomerState
from recommender.types import BoolArray, ItemNumber, UInt32Array


def no_items() -> None:
    """Say that there is no playbook."""


@dataclass(frozen=True, slots=True)
class _Resolved:
    told: Collection[ItemNumber] | None
    numbers: frozenset[ItemNumber]
    mask: BoolArray


class PlannedItems:
    """What is planned now, in the forms in which folds and readers ask for it.

    Parameters
    ----------
    current
        Returns the planned items, cheaply; another object whenever they have changed. None: there is no playbook, and nobody
        asks for units.

    Examples
    --------
    >>> PlannedItems(lambda: (ItemNumber(2),)).numbers()
    frozenset({2})
    """

    def __init__(self, current: Callable[[], Collection[ItemNumber] | None] = no_items) -> None:
        self._current = current
        self._resolved = _Resolved(None, frozenset(), np.zeros(0, np.bool_))

    def numbers(self) -> frozenset[ItemNumber]:
        """Return the planned items."""
        return self._now().numbers

    def sorted_numbers(self) -> UInt32Array:
        """Return the planned items, ascending."""
        return np.flatnonzero(self._now().mask).astype(np.uint32)

    def are_others_in(self, state: CustomerState) -> bool:
        """Whether a state was folded when plans were about other items of its customer."""
        now = self._now()
        return now.told is not None and needs_other_units(state, now.mask)

    def _now(self) -> _Resolved:
        told = self._current()
        resolved = self._resolved
        if told is not resolved.told:
            numbers = frozenset(told or ())
            mask = np.zeros(max(numbers, default=-1) + 1, np.bool_)
            mask[list(numbers)] = True
            resolved = self._resolved = _Resolved(told, numbers, mask)
        return resolved
