"""Complaints: open until the matching resolution, whatever arrived first."""

from collections.abc import Sequence
from typing import TypeAlias

from recommender.customers.dealing_folds.bounds import MOST_RESOLVED_COMPLAINTS, newest
from recommender.customers.dealing_folds.reading import NumberOf, seconds
from recommender.customers.dealings import Complaint
from recommender.events.validation import CLOCK_TOLERANCE
from recommender.events.vocabulary import ComplaintOpened, ComplaintResolved

ComplaintEvent: TypeAlias = ComplaintOpened | ComplaintResolved


def complaints_of(events: Sequence[ComplaintEvent], number_of: NumberOf) -> tuple[Complaint, ...]:
    """Fold complaints: all open ones and the newest that were resolved, by when they were opened.

    Opened again after its resolution, a complaint is open again, since then; told again while it is open, it is open
    since it was first told. Resolved twice, it was resolved the first time. A resolution that is dated up to a day
    before the only opening still resolves it: clocks differ between systems. What was resolved longer before was opened
    again, though nobody told its first opening.

    Parameters
    ----------
    events
        In the order of the fold.
    number_of
        Reads item ids.
    """
    words: dict[str, list[ComplaintEvent]] = {}
    for event in events:
        words.setdefault(event.complaint_id, []).append(event)
    found = [_complaint(said, number_of) for said in words.values()]
    still_open = [one for one in found if one.resolved_s is None]
    resolved = sorted(
        (one for one in found if one.resolved_s is not None),
        key=lambda one: (one.resolved_s, one.complaint_id),
    )
    kept = [*still_open, *newest(resolved, MOST_RESOLVED_COMPLAINTS)]
    return tuple(sorted(kept, key=lambda one: (one.opened_s, one.complaint_id)))


def _complaint(words: Sequence[ComplaintEvent], number_of: NumberOf) -> Complaint:
    """Fold the events of one complaint; without its opening, only that it was resolved is known."""
    opened = [event for event in words if isinstance(event, ComplaintOpened)]
    resolved_s = _resolved_s(words, len(opened))
    if not opened:
        return Complaint(words[0].complaint_id, resolved_s or 0, resolved_s, None, None, "normal")
    last = opened[-1]
    items = [event.item_id for event in opened if event.item_id is not None]
    orders = [event.order_id for event in opened if event.order_id is not None]
    return Complaint(
        complaint_id=last.complaint_id,
        opened_s=_opened_s(words),
        resolved_s=resolved_s,
        number=number_of(items[-1]) if items else None,
        order_id=orders[-1] if orders else None,
        severity=last.severity,
    )


def _in_time(words: Sequence[ComplaintEvent]) -> list[ComplaintEvent]:
    """Return events by time; at one instant the opening is the later one: an open complaint is the safer mistake."""
    return sorted(words, key=lambda event: (event.occurred_at, isinstance(event, ComplaintOpened)))


def _opened_s(words: Sequence[ComplaintEvent]) -> int:
    """Return the first opening that no resolution separates from the newest one; of events with an opening."""
    since, was_open = words[0], False
    for event in _in_time(words):
        is_opening = isinstance(event, ComplaintOpened)
        if is_opening and not was_open:
            since = event
        was_open = is_opening
    return seconds(since.occurred_at)


def _resolved_s(words: Sequence[ComplaintEvent], openings: int) -> int | None:
    """Return when the newest opening was first resolved; None while it is open."""
    in_time = _in_time(words)
    after = in_time
    for place, event in enumerate(in_time):
        if isinstance(event, ComplaintOpened):
            after = in_time[place + 1 :]
    if after:
        return seconds(after[0].occurred_at)
    if openings == 1 and len(words) > 1 and _is_one_moment(in_time[-2], in_time[-1]):
        return seconds(in_time[-1].occurred_at)
    return None


def _is_one_moment(earlier: ComplaintEvent, later: ComplaintEvent) -> bool:
    """Whether two events may have happened the other way round: clocks differ by so much at most."""
    return later.occurred_at - earlier.occurred_at <= CLOCK_TOLERANCE
