"""What the customer, or staff for them, wants: consent, preferences, special days, overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from recommender.customers.dealing_folds.bounds import (
    LONGEST_VALUE,
    MOST_AHEAD,
    MOST_ENDED_OVERRIDES,
    MOST_NAMES,
    MOST_SPECIAL_DAYS,
    newest,
)
from recommender.customers.dealing_folds.reading import NumberOf, seconds
from recommender.customers.dealings import Consent, SpecialDay, StaffOverride
from recommender.events.validation import CLOCK_TOLERANCE
from recommender.events.vocabulary import ConsentChange, Occasion, Override, Preference, Profile

ToldEvent: TypeAlias = Preference | Profile
RESTRICTIVE: Final = ("subscribed", "pending", "never_subscribed", "unsubscribed")
"""From the least to the most restrictive."""


def consents_of(events: Sequence[ConsentChange]) -> tuple[Consent, ...]:
    """Fold consent: the newest word per channel and topic, at equal times the more restrictive one; none is dropped.

    Parameters
    ----------
    events
        In the order of the fold.
    """
    said: dict[tuple[str, str | None], ConsentChange] = {}
    for event in events:
        key = (event.consent_channel, event.topic)
        if key not in said or _weight(event) > _weight(said[key]):
            said[key] = event
    found = [
        Consent(channel, topic, event.status, seconds(event.occurred_at), event.source, event.event_id)
        for (channel, topic), event in said.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.at_s, one.channel, one.topic or "")))


def _weight(event: ConsentChange) -> tuple[datetime, int]:
    return event.occurred_at, RESTRICTIVE.index(event.status)


@dataclass(frozen=True, slots=True)
class Told:
    """What preferences and profiles say; names in alphabetical order."""

    preferences: dict[str, str]
    attributes: dict[str, str]
    time_zone: str | None
    language: str | None


def told_by(events: Sequence[ToldEvent]) -> Told:
    """Fold preferences and profiles, given in the order of the fold: the newest value of each name.

    A preference called ``time_zone`` or ``language`` counts as the profile's field of that name, too.
    """
    preferences: dict[str, str] = {}
    attributes: dict[str, str] = {}
    place: dict[str, str] = {}
    for event in events:
        if isinstance(event, Preference):
            _remember(preferences, {event.name: event.value})
            if event.name in ("time_zone", "language"):
                place[event.name] = event.value
        else:
            _remember(attributes, event.attributes)
            told = {"time_zone": event.time_zone, "language": event.language}
            place.update({name: value for name, value in told.items() if value is not None})
    return Told(_bounded(preferences), _bounded(attributes), place.get("time_zone"), place.get("language"))


def _remember(values: dict[str, str], told: Mapping[str, str]) -> None:
    """Put what was told last, in the order of its names."""
    for name in sorted(told):
        values.pop(name, None)
        values[name] = told[name]


def _bounded(values: Mapping[str, str]) -> dict[str, str]:
    short = [(name, value) for name, value in values.items() if len(value) <= LONGEST_VALUE]
    return dict(sorted(newest(short, MOST_NAMES)))


def special_days_of(events: Sequence[Occasion]) -> tuple[SpecialDay, ...]:
    """Fold special days, given in the order of the fold.

    One that comes every year has one date per kind and recipient, the newest told; the others each have their own.
    """
    found: dict[tuple[str, str | None, str], SpecialDay] = {}
    for event in events:
        on = event.on.isoformat()
        key = (event.kind, event.recipient, "" if event.yearly else on)
        found.pop(key, None)
        found[key] = SpecialDay(event.kind, on, event.yearly, event.recipient)
    return newest(tuple(found.values()), MOST_SPECIAL_DAYS)


def overrides_of(
    events: Sequence[Override], number_of: NumberOf, newest_event: datetime
) -> tuple[StaffOverride, ...]:
    """Fold overrides: the newest of each kind, action and item, and those before it that hold until it begins.

    What names an item that nobody knows is left out: without its item it would overrule every item.

    Parameters
    ----------
    events
        In the order of the fold.
    number_of
        Reads item ids.
    newest_event
        Of this customer. An event is at most a day ahead of the clock, so that what ended a day before is over, and what
        is dated a day before began.
    """
    said: dict[tuple[str, str | None, int | None], list[StaffOverride]] = {}
    rows = []
    for event in events:
        number = number_of(event.item_id)
        if event.item_id is None or number is not None:
            row = _override(event, number)
            rows.append(row)
            said.setdefault((row.kind, row.action, row.number), []).append(row)
    over_s = seconds(newest_event - CLOCK_TOLERANCE)
    kept = {id(row) for of_one in said.values() for row in _until_begun(of_one, over_s)}
    ended = [row for row in rows if id(row) in kept and row.expires_s is not None and row.expires_s <= over_s]
    kept.difference_update(map(id, ended[:-MOST_ENDED_OVERRIDES]))
    return tuple(row for row in rows if id(row) in kept)


def _until_begun(rows: Sequence[StaffOverride], over_s: int) -> list[StaffOverride]:
    """Return the newest override, and each one before another that may lie ahead."""
    kept = [rows[-1]]
    for row in reversed(rows[:-1]):
        if kept[-1].at_s <= over_s or len(kept) > MOST_AHEAD:
            break
        kept.append(row)
    return kept


def _override(event: Override, number: int | None) -> StaffOverride:
    return StaffOverride(
        kind=event.kind,
        author=event.author,
        reason=event.reason,
        at_s=seconds(event.occurred_at),
        expires_s=None if event.expires_at is None else seconds(event.expires_at),
        action=event.action,
        number=number,
        amount=None if event.amount is None else float(event.amount),
        currency=event.currency,
        event_id=event.event_id,
        source=event.source,
    )
