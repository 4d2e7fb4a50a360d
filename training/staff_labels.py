"""What staff said of actions for customers, as labels: a pin or a boost says that an action suits, a suppression that it does not.

They are no outcomes: nobody knows what would have followed. So they teach whom an action suits, never how often its
outcome follows (:func:`recommender.fitting.propensity.fit_propensity`).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from recommender.events.vocabulary import Override
from recommender.storage.results import StoredEvent

OVERRIDE_KIND: Final = "override"


class StaffLabel(NamedTuple):
    """One judgement.

    Attributes
    ----------
    action_id
        As staff named it; the playbook may have another meaning for it by now, or none.
    at_s
        When, seconds since 1970.
    version
        Log version of the customer then, the judgement included.
    suits
        Whether the action is to be said to this customer.
    """

    action_id: str
    at_s: int
    version: int
    suits: bool


def staff_labels(stored: Sequence[StoredEvent]) -> list[StaffLabel]:
    """Return the newest judgement of each action, or of each with an item, in the order in which they were told.

    An override that names no action says nothing of one, and who ends an override only takes back.

    Parameters
    ----------
    stored
        Events of one customer.
    """
    newest: dict[tuple[str, str | None], StaffLabel] = {}
    for one in stored:
        event = one.event
        if isinstance(event, Override) and event.action is not None and not _is_end(event):
            suits = _suits(event)
            if suits is not None:
                about = event.action, event.item_id
                newest.pop(about, None)
                newest[about] = StaffLabel(event.action, int(event.occurred_at.timestamp()), one.seq, suits)
    return list(newest.values())


def _is_end(event: Override) -> bool:
    return event.expires_at is not None and event.expires_at <= event.occurred_at


def _suits(event: Override) -> bool | None:
    """Return what an override says of its action; None: nothing."""
    match event.kind:
        case "pin":
            return True
        case "suppress":
            return False
        case "boost" if event.amount is not None and event.amount != 1:
            return event.amount > 1
    return None
