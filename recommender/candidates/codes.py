"""The codes of the gates, as the kernels and the people see them.

A candidate carries the code of the first gate, in this order, that keeps it out; 0 lets it through.
"""

import enum
from typing import Final


class GateReason(enum.StrEnum):
    """Why a candidate was kept out, on the wire and in receipts; append only.

    Those of products come first, in the order in which compiled code asks; those of a playbook follow, in theirs.
    """

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

    HELD = "held"
    """Staff holds back everything to this customer."""

    SUPPRESSED = "suppressed"
    """Staff suppressed the action."""

    NO_CONSENT = "no_consent"
    """Outbound: the customer does not allow the channel or the topic."""

    CHANNEL_CLOSED = "channel_closed"
    """Outbound: what was sent on the channel came back for good."""

    OPEN_COMPLAINT = "open_complaint"
    """Selling rests while a complaint is open, and a grace after it."""

    NOT_IN_AUDIENCE = "not_in_audience"
    """The customer is not among those whom the action is for."""

    OUTSIDE_WINDOW = "outside_window"
    """Before or after the time of the action."""

    OTHER_CHANNEL = "other_channel"
    """The action is not for this channel."""

    HELD_OUT = "held_out"
    """The customer is among those who never get the action, for measuring."""

    NOT_TRIGGERED = "not_triggered"
    """The trigger does not hold."""

    NOT_APPLICABLE = "not_applicable"
    """The condition of applicability does not hold."""

    NOT_SUITABLE = "not_suitable"
    """It would not be kind now."""

    COOLING_OFF = "cooling_off"
    """It was said, accepted, ignored or dismissed too lately."""

    CAP_REACHED = "cap_reached"
    """Outbound: as many contacts as the policy allows."""

    TOO_SOON = "too_soon"
    """Outbound: too short after the last contact."""

    QUIET_HOURS = "quiet_hours"
    """Outbound: not at this hour of the customer's day."""

    EXPIRED = "expired"
    """The triggering fact is too long ago, or the deadline has passed."""

    SWITCHED_OFF = "switched_off"
    """The lever of the action is zero."""


class Fate(enum.StrEnum):
    """What became of a candidate that no gate kept out; append only."""

    CHOSEN = "chosen"
    NOT_WORTH_SAYING = "not_worth_saying"
    """Expected value of zero or less: saying nothing is better."""

    OUTRANKED = "outranked"
    """Others were worth more."""

    SAID_ALREADY = "said_already"
    """The slate holds the same item or subject."""

    ENOUGH_OF_CATEGORY = "enough_of_category"
    """The slate holds as many offers of the category as the playbook allows."""


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

REASON_OF_CODE: Final = dict(zip(range(IS_OWNED, N_CODES), GateReason, strict=False))
"""The reason of every code that compiled code counts.

Examples
--------
>>> REASON_OF_CODE[IS_NOT_ACTIVE].value
'not_active'
"""
