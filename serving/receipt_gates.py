"""The gates of a receipt in their order: those that a candidate passed, and the one that kept it out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from recommender.candidates.codes import Fate, GateReason
from recommender.decisions.gate_stages import CONSENT, STAGES
from recommender.playbook.model import Direction
from serving.receipt_wire import GateAnswer

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
