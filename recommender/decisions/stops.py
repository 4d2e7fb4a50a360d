"""What a gate says when it keeps a candidate out."""

from typing import NamedTuple

from recommender.candidates.codes import GateReason
from recommender.decisions.trace import CODE_OF


class Stop(NamedTuple):
    """A gate that stopped a candidate.

    Attributes
    ----------
    code
        As receipts store it.
    because
        The fact that decided, in words.
    evidence
        The event behind it, ``source/event_id``.
    opens_s
        When it opens again, where that is a matter of time.
    """

    code: int
    because: str
    evidence: str | None = None
    opens_s: int | None = None


def stop(
    reason: GateReason, because: str, *, evidence: str | None = None, opens_s: int | None = None
) -> Stop:
    """Return what a gate says.

    Examples
    --------
    >>> stop(GateReason.EXPIRED, "too late").because
    'too late'
    """
    return Stop(CODE_OF[reason.value], because, evidence, opens_s)
