"""Whether a state tells apart the units that service plans ask for, and no others."""

import numpy as np

from recommender.customers.state import CustomerState
from recommender.types import BoolArray


def needs_other_units(state: CustomerState, planned: BoolArray) -> bool:
    """Return whether the customer is to be folded again, because plans named other items then than now.

    A state that was folded before a plan named an item lacks units, and one from before a plan let go of it has too many.
    Neither says so by its units: some of an item may have serials, and are told apart in any case.

    Parameters
    ----------
    state
        Of one customer.
    planned
        Per item number, whether a service plan is about it; items beyond its end have none.

    Examples
    --------
    >>> needs_other_units(CustomerState.empty(), np.ones(3, np.bool_))
    False
    """
    numbers = state.items.number
    if numbers.size and numbers[-1] >= planned.size:  # they ascend
        numbers = numbers[: np.searchsorted(numbers, planned.size)]
    now: list[int] = numbers[planned[numbers]].tolist()
    return now != list(state.dealings.told_apart)
