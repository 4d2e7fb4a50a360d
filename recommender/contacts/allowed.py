"""Whether something may be said, and the fact that decided."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Allowed:
    """The answer of one rule about one contact.

    Attributes
    ----------
    ok
        Whether it may go out.
    code
        Why, for programs: one of the codes below.
    because
        The fact in words, such as ``2 emails in 7 days, at most 2``.
    opens_s
        When it may go out after all, seconds since 1970; None: already now, never, or nobody can tell.
    evidence
        The event that said so, as ``source/event_id``; None: no single event did.

    Examples
    --------
    >>> Allowed(True, ALLOWED, "").ok
    True
    """

    ok: bool
    code: str
    because: str
    opens_s: int | None = None
    evidence: str | None = None


ALLOWED: Final = "allowed"
NO_CONSENT: Final = "no_consent"
"""The customer refused, never said yes, or has not confirmed."""
CHANNEL_CLOSED: Final = "channel_closed"
"""What was sent there came back for good."""
CAP_REACHED: Final = "cap_reached"
TOO_SOON: Final = "too_soon"
"""The last contact is nearer than the least spacing."""
QUIET_HOURS: Final = "quiet_hours"
