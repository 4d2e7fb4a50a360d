"""What followed from actions: when each of them was last seen, accepted, ignored and dismissed."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from recommender.customers.dealing_folds.bounds import (
    MOST_OUTCOMES,
    MOST_OUTCOMES_IN_ALL,
    newest,
    newest_of_each,
)
from recommender.customers.dealing_folds.contacts import ContactEvent
from recommender.customers.dealing_folds.reading import NumberOf, seconds
from recommender.customers.dealings import Outcome
from recommender.events.vocabulary import ContactReserved, ContactSent, Impression, Response

ShownEvent: TypeAlias = Impression | Response
_Named: TypeAlias = dict[tuple[str, int | None], tuple[str, str | None]]
_Word: TypeAlias = Literal["seen", "accepted", "ignored", "dismissed"]


def outcomes_of(
    events: Sequence[ShownEvent], contacts: Sequence[ContactEvent], number_of: NumberOf
) -> tuple[Outcome, ...]:
    """Fold impressions and responses, the newest of each action, item and outcome; by time, action and item.

    An event that does not name its action takes it from another one of the same decision and rank, or from the
    contact of the decision. What stays without an action, or is about an item that nobody knows, is left out.

    Parameters
    ----------
    events, contacts
        In the order of the fold.
    number_of
        Reads item ids.
    """
    named = _names(events, contacts)
    said: dict[tuple[str, int | None, _Word], int] = {}
    for event in events:
        action, item_id = _about(event, named)
        number = number_of(item_id)
        if action is not None and (item_id is None or number is not None):
            word: _Word = event.outcome if isinstance(event, Response) else "seen"
            said[action, number, word] = seconds(event.occurred_at)
    return bounded_outcomes(
        Outcome(action, number, word, at_s) for (action, number, word), at_s in said.items()
    )


def bounded_outcomes(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return one row per action, item and outcome in their order, without what nobody asks for any more."""
    rows = sorted(
        outcomes,
        key=lambda row: (row.at_s, row.action, -1 if row.number is None else row.number, row.outcome),
    )
    kept = newest_of_each(rows, lambda row: (row.action, row.outcome), MOST_OUTCOMES)
    return newest(kept, MOST_OUTCOMES_IN_ALL)


def _names(events: Sequence[ShownEvent], contacts: Sequence[ContactEvent]) -> _Named:
    """Return action and item of each decision and rank, as far as events say; rank None is the decision's contact."""
    named: _Named = {}
    for contact in contacts:
        if isinstance(contact, ContactReserved | ContactSent) and contact.action and contact.decision_id:
            rank = contact.rank if isinstance(contact, ContactSent) else None
            about = (contact.action, contact.item_id)
            named[contact.decision_id, rank] = about
            named.setdefault((contact.decision_id, None), about)
    for event in events:
        if event.action is not None:
            named[event.decision_id, event.rank] = (event.action, event.item_id)
    return named


def _about(event: ShownEvent, named: _Named) -> tuple[str | None, str | None]:
    known = named.get((event.decision_id, event.rank)) or named.get((event.decision_id, None))
    if event.action is None:
        return known if known is not None else (None, None)
    if event.item_id is None and known is not None and known[0] == event.action:
        return known
    return event.action, event.item_id
