"""Whether a state knows the units that service plans ask for."""

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
    >>> import numpy as np
    >>> needs_units(CustomerState.empty(), np.ones(3, np.bool_))
    False
    """
    items = state.items
    is_asked = (items.number < planned.size) & (items.owned > 0.0)
    asked = items.number[is_asked]
    asked = asked[planned[asked]]
    if asked.size == 0:
        return False
    known = {unit.number for unit in state.dealings.units}
    return not known.issuperset(asked.tolist())
