"""Selling rests while a complaint is open, and for a while after it was resolved."""

from typing import Final

from recommender.actions.situation import CustomerSituation, is_told
from recommender.actions.telling import ago
from recommender.candidates.codes import GateReason
from recommender.customers.dealings import Complaint
from recommender.decisions.stops import Stop, stop

_HOUR_S: Final = 3_600


def complaint_stop(situation: CustomerSituation, grace_s: int) -> Stop | None:
    """Return what an open complaint, or one that was resolved too lately, says to selling."""
    now_s = situation.now_s
    open_ones = [one for one in situation.dealings.complaints if _is_open(one, now_s, grace_s)]
    if not open_ones:
        return None
    unresolved = [one for one in open_ones if one.resolved_s is None or one.resolved_s > now_s]
    if unresolved:
        oldest = min(unresolved, key=lambda one: one.opened_s)
        because = f"complaint {oldest.complaint_id} is open, opened {ago(oldest.opened_s, now_s)}"
        return stop(GateReason.OPEN_COMPLAINT, because)
    newest = max(open_ones, key=lambda one: one.resolved_s or 0)
    resolved_s = newest.resolved_s or 0
    because = f"complaint {newest.complaint_id} was resolved {ago(resolved_s, now_s)}; selling rests for {duration(grace_s)}"
    return stop(GateReason.OPEN_COMPLAINT, because, opens_s=resolved_s + grace_s)


def _is_open(complaint: Complaint, now_s: int, grace_s: int) -> bool:
    if not is_told(complaint, now_s):
        return False
    return complaint.resolved_s is None or now_s < complaint.resolved_s + grace_s


def duration(seconds: int) -> str:
    """Say a length of time.

    Examples
    --------
    >>> duration(86_400), duration(7 * 86_400), duration(7_200), duration(90)
    ('1 day', '7 days', '2 hours', '90 seconds')
    """
    for unit, name in ((86_400, "day"), (_HOUR_S, "hour")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
