"""What of a slate that was decided before may still be said: each of its actions is put to the gates again."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from recommender.actions.repertoire import repertoire_of
from recommender.customers.state import CustomerState
from recommender.decisions.prepared import prepared
from recommender.decisions.receipts import Receipt
from recommender.decisions.why_not import why_not
from recommender.engine.deciding import Deciding
from recommender.engine.snapshots import Snapshot
from recommender.playbook.reading import default_playbook
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
    actions = receipt.decision.actions
    if not actions:
        return ()
    customer_id, now = asked
    repertoire = snapshot.repertoire
    if repertoire is None:
        repertoire = repertoire_of(default_playbook(), snapshot.assortment.catalogue)
        snapshot = replace(snapshot, repertoire=repertoire)
    fresh = deciding.decide_as(
        receipt.decision.decision_id, state, receipt.request, snapshot, int(now.timestamp()), customer_id
    )
    ready = prepared(repertoire, snapshot.assortment)
    found = [
        why_not(fresh, receipt.request, ready, state, action_id=one.action_id, item=one.item)
        for one in actions
    ]
    return tuple(
        rank for rank, told in enumerate(found, start=1) if any(one.verdict in _MAY_BE_SAID for one in told)
    )
