"""What of a slate that was decided before may still be said: each of its actions is put to the gates again."""

from datetime import datetime
from typing import Final

from recommender.customers.state import CustomerState
from recommender.decisions.receipts import Receipt
from recommender.engine.deciding import Deciding
from recommender.engine.explaining import Explainer
from recommender.engine.snapshots import Snapshot
from recommender.types import CustomerId

_MAY_BE_SAID: Final = ("chosen", "outweighed")
"""What others are worth now takes nothing out of a slate that was promised."""


def still_allowed(
    receipt: Receipt,
    state: CustomerState,
    snapshot: Snapshot,
    deciding: Deciding,
    asked: tuple[CustomerId, datetime],
) -> tuple[int, ...]:
    """Return the ranks of the actions of a stored slate that no gate stops now, ascending, from 1.

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
        return ()
    customer_id, now = asked
    moment = (now, receipt.decision.decision_id)
    explainer = Explainer.of(deciding, (customer_id, state), receipt.request, snapshot, moment)
    return tuple(
        rank
        for rank, one in enumerate(receipt.decision.actions, start=1)
        if any(told.verdict in _MAY_BE_SAID for told in explainer.ask(one.action_id, one.item))
    )
