"""The codes of the gates, as the kernels and the people see them.

A candidate carries the code of the first gate, in this order, that keeps it out; 0 lets it through.
"""

import enum
from typing import Final


class GateReason(enum.StrEnum):
    """Why a candidate was kept out, on the wire and in receipts; in the order in which the gates are asked."""

    OWNED = "owned"
    """Offers: the customer owns an item of the group."""

    COOLING_DOWN = "cooling_down"
    """Offers: owned, and the declared days since the last purchase have not passed."""

    OWN_ONCE = "own_once"
    """Buy-again: owned, and bought only once by declaration or by what its buyers taught."""

    JUST_BOUGHT = "just_bought"
    """Buy-again: bought too recently for a refill."""

    IN_CART = "in_cart"
    """An item of the group is in the cart."""

    NOT_A_PRODUCT = "not_a_product"
    """Postage, fees, discounts."""

    UNAVAILABLE = "unavailable"
    """Declared as not available."""

    NOT_ACTIVE = "not_active"
    """Outside the time from and until which it is sold."""


IS_ALLOWED: Final = 0
IS_NOT_PROPOSED: Final = 1
"""Buy-again: no candidate at all (owned no longer, or only as a gift, or declared with a cool-down); not counted."""

IS_OWNED: Final = 2
IS_COOLING_DOWN: Final = 3
IS_OWN_ONCE: Final = 4
IS_JUST_BOUGHT: Final = 5
IS_IN_CART: Final = 6
IS_NOT_A_PRODUCT: Final = 7
IS_UNAVAILABLE: Final = 8
IS_NOT_ACTIVE: Final = 9

N_CODES: Final = 10

REASON_OF_CODE: Final = dict(enumerate(GateReason, start=IS_OWNED))
"""The reason of every code that is counted.

Examples
--------
>>> REASON_OF_CODE[IS_NOT_ACTIVE].value
'not_active'
"""
