"""What of a slate that was decided before may still be said: each of its actions is put to the gates again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.gate_stages import LIMITS
from recommender.decisions.receipts import Receipt
from recommender.decisions.trace import Trace
from recommender.decisions.why_not import Explanation
from recommender.engine.deciding import Deciding
from recommender.engine.explaining import Explainer
from recommender.engine.snapshots import Snapshot
from recommender.types import CustomerId

_MAY_BE_SAID: Final = ("chosen", "outweighed")
"""What others are worth now takes nothing out of a slate that was promised."""


@dataclass(frozen=True, slots=True)
class StillAllowed:
    """What of a stored slate may be said now.

    Attributes
    ----------
    ranks
        Of the actions that no gate stops, ascending, from 1.
    next_s
        When the first contact limit opens that keeps one of the others out, seconds since 1970; None: none does.
    """

    ranks: tuple[int, ...] = ()
    next_s: int | None = None


def still_allowed(
    receipt: Receipt,
    state: CustomerState,
    snapshot: Snapshot,
    deciding: Deciding,
    asked: tuple[CustomerId, datetime],
) -> StillAllowed:
    """Return the actions of a stored slate that no gate stops now, and that are still about what they were about.

    Parameters
    ----------
    receipt
        What was decided, and for which request: what that reserved itself does not stand in its way.
    state, snapshot
        The customer and the playbook now.
    asked
        For whom, and when.
    """
    if not receipt.decision.actions:
        return StillAllowed()
    customer_id, now = asked
    moment = (now, receipt.decision.decision_id)
    explainer = Explainer.of(deciding, (customer_id, state), receipt.request, snapshot, moment)
    ranks, opening = list[int](), list[int]()
    for rank, one in enumerate(receipt.decision.actions, start=1):
        if not _is_what_was_said(one, explainer.decision):
            continue
        told = explainer.ask(one.action_id, one.item, one.subject)
        if any(each.verdict in _MAY_BE_SAID for each in told):
            ranks.append(rank)
        else:
            opening += _openings(told)
    return StillAllowed(tuple(ranks), min(opening, default=None))


def _is_what_was_said(one: ScoredAction, now: Decision) -> bool:
    """Whether a promise or a visit is due when it was: the words of one that was moved are wrong."""
    trace = now.trace or Trace()
    found = [
        other.due_s
        for other in trace.weighed
        if (other.action_id, other.item, other.subject) == (one.action_id, one.item, one.subject)
    ]
    return not found or one.due_at_s in found


def _openings(told: Sequence[Explanation]) -> list[int]:
    return [one.opens_s for one in told if one.code in LIMITS and one.opens_s is not None]
