"""What followed from actions: when each of them was last seen, accepted, ignored and dismissed."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from recommender.customers.dealing_folds.bounds import (
    MOST_ANSWERS,
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
_About: TypeAlias = tuple[str | None, str | None, str | None]
"""Action, item and subject."""

_Named: TypeAlias = dict[tuple[str, int | None], _About]
_Word: TypeAlias = Literal["seen", "accepted", "ignored", "dismissed"]
_ANSWERS: Final = frozenset[_Word]({"accepted", "dismissed"})


def outcomes_of(
    events: Sequence[ShownEvent], contacts: Sequence[ContactEvent], number_of: NumberOf
) -> tuple[Outcome, ...]:
    """Fold impressions and responses, the newest of each action, item, subject and outcome; by time, action and item.

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
    said: dict[tuple[str, int | None, _Word, str], int] = {}
    for event in events:
        action, item_id, subject = _about(event, named)
        number = number_of(item_id)
        if action is not None and (item_id is None or number is not None):
            word: _Word = event.outcome if isinstance(event, Response) else "seen"
            said[action, number, word, subject or ""] = seconds(event.occurred_at)
    return bounded_outcomes(
        Outcome(action, number, word, at_s, subject) for (action, number, word, subject), at_s in said.items()
    )


def bounded_outcomes(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return one row per action, item, subject and outcome in their order, without what nobody asks for any more."""
    rows = sorted(
        outcomes,
        key=lambda row: (
            row.at_s,
            row.action,
            -1 if row.number is None else row.number,
            row.outcome,
            row.subject,
        ),
    )
    if len(rows) <= MOST_OUTCOMES:
        return tuple(rows)
    looks = [row for row in rows if row.outcome not in _ANSWERS]
    answers = [row for row in rows if row.outcome in _ANSWERS]
    kept = {
        id(row)
        for some, most in ((looks, MOST_OUTCOMES), (answers, MOST_ANSWERS))
        for row in newest(
            newest_of_each(some, lambda row: (row.action, row.outcome), most), MOST_OUTCOMES_IN_ALL
        )
    }
    return tuple(row for row in rows if id(row) in kept)


def _names(events: Sequence[ShownEvent], contacts: Sequence[ContactEvent]) -> _Named:
    """Return what each decision and rank is about, as far as events say; rank None is the decision's contact."""
    named: _Named = {}
    for contact in contacts:
        if isinstance(contact, ContactReserved) and contact.action:
            named[contact.decision_id, 1] = (contact.action, contact.item_id, contact.subject)
            for rank, too in enumerate(contact.also, start=2):
                named[contact.decision_id, rank] = (too.action, too.item_id, too.subject)
            named.setdefault((contact.decision_id, None), (contact.action, contact.item_id, None))
        elif isinstance(contact, ContactSent) and contact.action and contact.decision_id:
            own = (contact.action, contact.item_id, contact.subject)
            _name(named, (contact.decision_id, contact.rank), own)
            named.setdefault((contact.decision_id, None), (contact.action, contact.item_id, None))
    for event in events:
        if event.action is not None:
            _name(named, (event.decision_id, event.rank), (event.action, event.item_id, event.subject))
    return named


def _name(named: _Named, place: tuple[str, int | None], about: _About) -> None:
    """Note what a place is about; who does not say which unit leaves the one that is known."""
    known = named.get(place)
    if known is None or known[:2] != about[:2] or about[2] is not None:
        named[place] = about


def _about(event: ShownEvent, named: _Named) -> _About:
    known = named.get((event.decision_id, event.rank)) or named.get((event.decision_id, None))
    own = (event.action, event.item_id, event.subject)
    if known is None or event.action not in {None, known[0]}:
        return own
    if event.item_id not in {None, known[1]} and event.action is not None:
        return own
    return (*known[:2], event.subject or known[2])
