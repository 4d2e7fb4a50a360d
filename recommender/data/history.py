"""One customer as a bundle sees them: what they hold, by item index."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.customers.state import CustomerState
from recommender.data.items import look_up
from recommender.types import Float32Array, Int32Array, Int64Array, UInt16Array, UInt32Array

_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class History:
    """One customer in bundle space; items that the bundle does not know are left out.

    Attributes
    ----------
    item
        Item index of each item ever kept, ``int32 [h]``, ascending.
    owned
        Quantity still owned, ``float32 [h]``.
    orders
        Distinct orders with something kept, ``uint16 [h]``.
    first_s, last_s
        First and last kept purchase, seconds since 1970, ``uint32 [h]``.
    customer_orders
        Orders of the customer over all items, known to the bundle or not.
    customer_first_s, customer_last_s
        First and last order of the customer, seconds since 1970; 0 when there is none.
    recent_item, recent_s, recent_quantity
        The last kept order lines, oldest first, ``[r]``.
    """

    item: Int32Array
    owned: Float32Array
    orders: UInt16Array
    first_s: UInt32Array
    last_s: UInt32Array
    customer_orders: int
    customer_first_s: int
    customer_last_s: int
    recent_item: Int32Array
    recent_s: UInt32Array
    recent_quantity: Float32Array

    @classmethod
    def empty(cls) -> "History":
        """Return the history of somebody who never bought anything."""
        return cls(
            item=np.empty(0, np.int32),
            owned=np.empty(0, np.float32),
            orders=np.empty(0, np.uint16),
            first_s=np.empty(0, np.uint32),
            last_s=np.empty(0, np.uint32),
            customer_orders=0,
            customer_first_s=0,
            customer_last_s=0,
            recent_item=np.empty(0, np.int32),
            recent_s=np.empty(0, np.uint32),
            recent_quantity=np.empty(0, np.float32),
        )


def history_of(state: CustomerState, index_of_number: Int32Array) -> History:
    """Map a customer's state into the item space of one bundle.

    Parameters
    ----------
    state
        The fold of the customer's events.
    index_of_number
        Item index of every permanent number, -1 where unknown.
    """
    items, recent = state.items, state.recent
    index = look_up(index_of_number, items.number)
    order = index.argsort(kind="stable")
    if len(index) and index[order[0]] < 0:
        order = order[index.take(order) >= 0]
    line = look_up(index_of_number, recent.number)
    # Always fresh arrays: those of an unpacked state are read-only, for which the kernels would compile anew.
    known = np.flatnonzero(line >= 0)
    return History(
        item=index.take(order),
        owned=items.owned.take(order),
        orders=items.orders.take(order),
        first_s=items.first_s.take(order),
        last_s=items.last_s.take(order),
        customer_orders=state.orders,
        customer_first_s=state.first_s,
        customer_last_s=state.last_s,
        recent_item=line.take(known),
        recent_s=recent.at_s.take(known),
        recent_quantity=recent.quantity.take(known),
    )


def with_session(history: History, items: Int32Array, now_s: int) -> History:
    """Return the history as if the given items were bought now: for scoring offers only.

    Parameters
    ----------
    history
        The customer's own history.
    items
        Item indices of the cart and of the session, ``int32 [s]``, any order, -1 for unknown items.
    now_s
        The time of the decision, seconds since 1970.

    Examples
    --------
    >>> seen = with_session(History.empty(), np.array([4, 2, 4, -1], dtype=np.int32), 1_000_000)
    >>> seen.item.tolist(), seen.last_s.tolist(), seen.owned.tolist(), seen.customer_orders
    ([2, 4], [1000000, 1000000], [0.0, 0.0], 0)
    """
    session = np.unique(items[items >= 0]).astype(np.int32)
    if len(session) == 0:
        return history
    item = np.union1d(history.item, session).astype(np.int32)
    old = np.searchsorted(item, history.item)
    new = np.searchsorted(item, session)
    first = np.full(len(item), now_s, np.uint32)
    first[old] = history.first_s
    last = np.zeros(len(item), np.uint32)
    last[old] = history.last_s
    last[new] = now_s
    return History(
        item=item,
        owned=_spread(history.owned, old, len(item)),
        orders=np.maximum(_spread(history.orders, old, len(item)), 1).astype(np.uint16),
        first_s=first,
        last_s=last,
        customer_orders=history.customer_orders,
        customer_first_s=history.customer_first_s,
        customer_last_s=history.customer_last_s,
        recent_item=history.recent_item,
        recent_s=history.recent_s,
        recent_quantity=history.recent_quantity,
    )


def _spread(values: NDArray[_Number], rows: Int64Array, size: int) -> NDArray[_Number]:
    spread = np.zeros(size, values.dtype)
    spread[rows] = values
    return spread
