"""Whether a complaint was given goodwill already: what the events of its customer say, told while nobody else writes.

The book of goodwill knows sums and decisions; what they were for stands in the events, which leave with an erased customer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, select

from recommender.customers.dealing_folds.complaints import complaints_of
from recommender.customers.dealing_folds.reading import seconds
from recommender.events.codec import decode_event
from recommender.events.vocabulary import AnyEvent, ComplaintOpened, ComplaintResolved
from recommender.storage.goodwill_moves import Grant, Settlement, goodwill_moves
from recommender.storage.tables import events

KINDS: Final = frozenset(
    (
        "complaint_opened",
        "complaint_resolved",
        "contact_released",
        "contact_reserved",
        "contact_sent",
        "response",
    )
)
"""The types of events that say which complaint has goodwill."""


def told_of(connection: Connection, subjects: Sequence[str]) -> list[AnyEvent]:
    """Return the events of these kinds of all subjects of a person, as they came."""
    query = select(events.c.content).where(
        events.c.customer_id.in_(subjects), events.c.kind.in_(sorted(KINDS))
    )
    return [decode_event(content) for content in connection.execute(query.order_by(events.c.seq)).scalars()]


def given_for(grant: Grant, told: Sequence[AnyEvent], now_us: int) -> Iterator[tuple[str, Grant]]:
    """Yield the complaints that a grant is for, each with what another decision gave or promises for it.

    Of a complaint that was opened again after its resolution only what came since counts: it is a new one.

    Parameters
    ----------
    told
        All events of the customer of these kinds, as they came.
    """
    for complaint_id in grant.subjects:
        since_s = _since_s(complaint_id, told)
        if since_s is None:
            continue
        known = (event for event in told if seconds(event.occurred_at) >= since_s)
        for other in _in_force(known, now_us):
            if complaint_id in other.subjects and _is_another(other, grant):
                yield complaint_id, other


def _since_s(complaint_id: str, told: Iterable[AnyEvent]) -> int | None:
    """Return since when goodwill is for a complaint as it is now: 0 unless it was opened again; None for what is no complaint."""
    words = [
        event
        for event in told
        if isinstance(event, ComplaintOpened | ComplaintResolved) and event.complaint_id == complaint_id
    ]
    opened = [seconds(event.occurred_at) for event in words if isinstance(event, ComplaintOpened)]
    if not opened:
        return None
    in_time = sorted(words, key=lambda event: (event.occurred_at, event.source, event.event_id))
    (complaint,) = complaints_of(in_time, lambda _: None)
    # A clock that is slow dates goodwill before its complaint.
    return complaint.opened_s if complaint.opened_s > min(opened) else 0


def _is_another(other: Grant, grant: Grant) -> bool:
    is_same_action = other.action is None or grant.action is None or other.action == grant.action
    return is_same_action and other.decision_id != grant.decision_id


def _in_force(told: Iterable[AnyEvent], now_us: int) -> Iterator[Grant]:
    """Yield what was accepted, sent, or is promised by a reservation that has not run out."""
    held: dict[tuple[str, bool], Grant] = {}
    for event in told:
        for move in goodwill_moves(event):
            if isinstance(move, Grant):
                key = move.grant_id, move.must_fit
                held[key] = _after(held.get(key), move)
            else:
                held = {key: kept for key, one in held.items() if (kept := _settled(one, move)) is not None}
    return (one for one in held.values() if one.expires_us is None or one.expires_us > now_us)


def _after(known: Grant | None, grant: Grant) -> Grant:
    """Return what is held once a grant is told again: what is gone stays gone, also when it is reserved again."""
    if known is None or known.expires_us is not None or grant.expires_us is None:
        return grant
    return replace(known, subjects=tuple(dict.fromkeys((*known.subjects, *grant.subjects))))


def _settled(grant: Grant, settlement: Settlement) -> Grant | None:
    """Return what is left of a grant when its contact was sent or released."""
    names = (
        (grant.decision_id, settlement.decision_id),
        (grant.request_id, settlement.request_id),
    )
    named = [own == name for own, name in names if name is not None]
    if grant.expires_us is None or not named or not all(named):
        return grant
    return replace(grant, expires_us=None) if settlement.was_sent else None
