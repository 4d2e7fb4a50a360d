"""What the compiled passes of a decision begin with: a customer as arrays, and their history as models read it."""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from recommender.customers import CustomerState
from recommender.data.history_kernels import BoughtItems
from recommender.models.repeat_kernels import RepeatInput
from recommender.types import ItemNumber, UInt32Array

Columns: TypeAlias = tuple[npt.NDArray[Any], ...]
"""The fields of :class:`recommender.data.history_kernels.StateColumns`."""

_NO_NUMBERS: Final = np.empty(0, np.uint32)

NOTHING_IN_HAND: Final = (_NO_NUMBERS, _NO_NUMBERS)
"""Neither a cart nor a session."""


def numbers_of(items: tuple[ItemNumber, ...]) -> UInt32Array:
    """Return the items of a cart or a session as an array."""
    return np.array(items, dtype=np.uint32) if items else _NO_NUMBERS


def state_columns(state: CustomerState) -> Columns:
    """Return the columns of a state as a plain tuple: numba takes a named one apart by name at every call."""
    items, recent = state.items, state.recent
    columns = (
        items.number,
        items.owned,
        items.orders,
        items.first_s,
        items.last_s,
        recent.number,
        recent.at_s,
        recent.quantity,
        np.array((state.orders, state.first_s, state.last_s), np.int64),
    )
    # For read-only arrays the compiler would begin anew.
    return tuple([column if column.flags.writeable else column.copy() for column in columns])


@njit(cache=True, nogil=True)
def repeat_input_of(history: BoughtItems) -> RepeatInput:
    """Return the fields of a history that the models read."""
    return RepeatInput(
        history.item,
        history.owned,
        history.orders,
        history.first_s,
        history.last_s,
        history.recent_item,
        history.recent_s,
        history.recent_quantity,
        history.customer,
    )


@njit(cache=True, nogil=True)
def nothing_bought() -> BoughtItems:
    """Return the history of a customer without any."""
    item, seconds = np.empty(0, np.int32), np.empty(0, np.uint32)
    owned, orders = np.empty(0, np.float32), np.empty(0, np.uint16)
    return BoughtItems(item, owned, orders, seconds, seconds, item, seconds, owned, np.zeros(3, np.int64))
