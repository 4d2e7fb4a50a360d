"""The gates of a receipt in their order: those that a candidate passed, and the one that kept it out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from recommender.candidates.codes import Fate, GateReason
from recommender.playbook.model import Direction
from serving.receipt_wire import GateAnswer

CONSENT: Final = "consent"

STAGES: Final[dict[str, frozenset[GateReason]]] = {
    "staff": frozenset({GateReason.HELD, GateReason.SUPPRESSED}),
    CONSENT: frozenset({GateReason.NO_CONSENT, GateReason.CHANNEL_CLOSED}),
    "just_bought_or_owned": frozenset(
        {
            GateReason.OWNED,
            GateReason.COOLING_DOWN,
            GateReason.OWN_ONCE,
            GateReason.JUST_BOUGHT,
            GateReason.IN_CART,
        }
    ),
    "open_complaint": frozenset({GateReason.OPEN_COMPLAINT}),
    "eligibility": frozenset(
        {
            GateReason.NOT_A_PRODUCT,
            GateReason.NOT_IN_AUDIENCE,
            GateReason.OUTSIDE_WINDOW,
            GateReason.OTHER_CHANNEL,
            GateReason.HELD_OUT,
        }
    ),
    "applicability": frozenset({GateReason.NOT_TRIGGERED, GateReason.NOT_APPLICABLE}),
    "suitability": frozenset({GateReason.NOT_SUITABLE, GateReason.COOLING_OFF}),
    "contact_limits": frozenset({GateReason.CAP_REACHED, GateReason.TOO_SOON, GateReason.QUIET_HOURS}),
    "stock_and_expiry": frozenset({GateReason.UNAVAILABLE, GateReason.NOT_ACTIVE, GateReason.EXPIRED}),
}
"""Every gate with its reasons, in the order in which they are asked."""

_OUTBOUND_ONLY: Final = frozenset({CONSENT, "contact_limits"})


def gates_met(
    why: GateReason | Fate, told: tuple[str, str | None, int | None], direction: Direction
) -> list[GateAnswer]:
    """Return the gates that a candidate passed, and the one that stopped it, if any did.

    Parameters
    ----------
    why
        What became of it.
    told
        The fact, the event behind it, and when the gate opens: of the gate that stopped it. Where none did, the event is the
        consent.
    direction
        Consent and contact limits are asked outbound only.

    Examples
    --------
    >>> [gate.gate for gate in gates_met(GateReason.OPEN_COMPLAINT, ("k1 is open", None, None), "inbound")]
    ['staff', 'just_bought_or_owned', 'open_complaint']
    """
    return list(_met(why, told, direction))


def _met(
    why: GateReason | Fate, told: tuple[str, str | None, int | None], direction: Direction
) -> Iterator[GateAnswer]:
    because, evidence, opens_s = told
    is_stopped = isinstance(why, GateReason)
    for gate, reasons in STAGES.items():
        if why in reasons:
            yield GateAnswer(gate, False, why.value, because or None, evidence, at(opens_s))
            return
        if direction == "outbound" or gate not in _OUTBOUND_ONLY:
            is_consent = gate == CONSENT and not is_stopped
            yield GateAnswer(gate, True, evidence=evidence if is_consent else None)


def at(seconds: int | None) -> datetime | None:
    """Return a moment of a receipt."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
