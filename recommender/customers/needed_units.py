"""Whether a state knows the units that service plans ask for."""

import numpy as np

from recommender.customers.state import CustomerState
from recommender.types import BoolArray


def needs_units(state: CustomerState, planned: BoolArray) -> bool:
    """Return whether some owned item is planned and has no unit: the customer is to be folded again.

    So it is with states that were folded before a plan named the item.

    Parameters
    ----------
    state
        Of one customer.
    planned
        Per item number, whether a service plan is about it; items beyond its end have none.

    Examples
    --------
    >>> needs_units(CustomerState.empty(), np.ones(3, np.bool_))
    False
    """
    items = state.items
    numbers = items.number
    if numbers.size and numbers[-1] >= planned.size:  # they ascend
        numbers = numbers[: np.searchsorted(numbers, planned.size)]
    is_planned = planned[numbers]
    if not is_planned.any():
        return False
    is_asked = is_planned & (items.owned[: numbers.size] > 0.0)
    known = {unit.number for unit in state.dealings.units}
    return not known.issuperset(numbers[is_asked].tolist())
