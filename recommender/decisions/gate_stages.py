"""The gates in their order, each with what it may say: receipts show them so, and the first that stops a candidate is named."""

from typing import Final

from recommender.candidates.codes import GateReason

CONSENT: Final = "consent"

STAGES: Final[dict[str, tuple[GateReason, ...]]] = {
    "staff": (GateReason.HELD, GateReason.SUPPRESSED),
    CONSENT: (GateReason.NO_CONSENT, GateReason.CHANNEL_CLOSED),
    "just_bought_or_owned": (
        GateReason.OWNED,
        GateReason.COOLING_DOWN,
        GateReason.OWN_ONCE,
        GateReason.JUST_BOUGHT,
        GateReason.IN_CART,
        GateReason.NOT_A_PRODUCT,
    ),
    "open_complaint": (GateReason.OPEN_COMPLAINT,),
    "eligibility": (
        GateReason.SWITCHED_OFF,
        GateReason.NOT_IN_AUDIENCE,
        GateReason.OUTSIDE_WINDOW,
        GateReason.OTHER_CHANNEL,
        GateReason.HELD_OUT,
    ),
    "applicability": (GateReason.NOT_TRIGGERED, GateReason.NOT_APPLICABLE),
    "suitability": (GateReason.NOT_SUITABLE, GateReason.COOLING_OFF),
    "contact_limits": (GateReason.CAP_REACHED, GateReason.TOO_SOON, GateReason.QUIET_HOURS),
    "stock_and_expiry": (GateReason.UNAVAILABLE, GateReason.NOT_ACTIVE, GateReason.EXPIRED),
}
"""Every gate with its reasons, in the order in which they are asked."""

LIMITS: Final = frozenset(STAGES["contact_limits"])
"""What opens by itself: caps, spacing and quiet hours."""

_TURN: Final = {
    reason: turn for turn, reason in enumerate(one for reasons in STAGES.values() for one in reasons)
}


def turn_of(reason: GateReason) -> int:
    """Return the place of a reason among all, in the order in which gates are asked.

    Examples
    --------
    >>> turn_of(GateReason.OWNED) < turn_of(GateReason.OPEN_COMPLAINT) < turn_of(GateReason.UNAVAILABLE)
    True
    """
    return _TURN[reason]
