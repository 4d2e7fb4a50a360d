"""Which actions of our decisions reached a customer: those that were seen, sent and not bounced, or responded to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from recommender.decisions import Receipt
from recommender.events.vocabulary import (
    AnyEvent,
    ContactBounced,
    ContactReserved,
    ContactSent,
    Impression,
    Response,
)
from recommender.types import DecisionId, ItemId, ItemNumber

Numbers: TypeAlias = Mapping[ItemId, ItemNumber]

TOLD_KINDS: Final = ("impression", "contact_sent", "response")
"""Events without which nothing reached a customer."""

_CONTACTS: Final = (ContactReserved, ContactSent, ContactBounced)
_OF_DECISIONS: Final = (Impression, ContactReserved, ContactSent, Response)
_Place: TypeAlias = tuple[str, int]
"""A decision, and a rank in it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """One action that reached a customer, and the responses to it."""

    decision_id: DecisionId
    rank: int
    responses: tuple[str, ...]


def decisions_named(events: Sequence[AnyEvent]) -> list[DecisionId]:
    """Return the decisions that events speak of, each once."""
    named = (event.decision_id for event in events if isinstance(event, _OF_DECISIONS))
    return [DecisionId(one) for one in dict.fromkeys(named) if one is not None]


def reached(
    events: Sequence[AnyEvent], receipts: Mapping[DecisionId, Receipt], numbers: Numbers
) -> list[Reached]:
    """Return what reached one customer, in the order in which it was first told.

    What was sent and bounced reached nobody, unless it was sent again afterwards, seen, or responded to.

    Parameters
    ----------
    events
        Of the customer.
    receipts
        Of the decisions that they name.
    numbers
        Of items.
    """
    decision_of = _decisions_of_requests(events)
    bounced = _bounced(events, decision_of)
    responses: dict[_Place, list[str]] = {}
    for event in events:
        match event:
            case Impression(decision_id=decision_id, rank=rank):
                responses.setdefault((decision_id, rank), [])
            case ContactSent():
                decided = _decided(event, decision_of)
                if decided not in bounced or event.occurred_at > bounced[decided]:
                    for rank in _ranks_sent(event, receipts.get(DecisionId(decided)), numbers):
                        responses.setdefault((decided, rank), [])
            case Response(decision_id=decision_id, rank=rank, outcome=outcome):
                responses.setdefault((decision_id, rank), []).append(outcome)
    return [Reached(DecisionId(one), rank, tuple(told)) for (one, rank), told in responses.items()]


def _decisions_of_requests(events: Sequence[AnyEvent]) -> dict[str, str]:
    """Return the decision of every request that some event names together with it: the newest that was reserved."""
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, _CONTACTS) and event.request_id and event.decision_id:
            if isinstance(event, ContactReserved):
                found[event.request_id] = event.decision_id
            else:
                found.setdefault(event.request_id, event.decision_id)
    return found


def _decided(event: ContactSent | ContactBounced, decision_of: Mapping[str, str]) -> str:
    return event.decision_id or decision_of.get(event.request_id or "", "")


def _bounced(events: Sequence[AnyEvent], decision_of: Mapping[str, str]) -> dict[str, datetime]:
    """Return when a contact of each decision bounced last."""
    found: dict[str, datetime] = {}
    for event in events:
        if isinstance(event, ContactBounced):
            decided = _decided(event, decision_of)
            found[decided] = max(event.occurred_at, found.get(decided, event.occurred_at))
    return found


def _ranks_sent(sent: ContactSent, receipt: Receipt | None, numbers: Numbers) -> list[int]:
    """Return the ranks that a contact told: the one it names, those of the action and item it names, or else all."""
    if sent.rank is not None:
        return [sent.rank]
    item = None if sent.item_id is None else numbers.get(ItemId(sent.item_id), -1)
    return [
        rank
        for rank, one in enumerate(() if receipt is None else receipt.decision.actions, start=1)
        if sent.action in {None, one.action_id, one.action.value} and item in {None, one.item}
    ]
