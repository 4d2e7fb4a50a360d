"""A date that matters is near: a birthday, an anniversary, a gift given a year ago."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from whenever import Date

from recommender.actions.contacting import was_said
from recommender.actions.item_sets import ItemSet
from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.actions.timings import lead_s
from recommender.playbook.kinds import GIFT
from recommender.playbook.model import Action
from recommender.types import SECONDS_PER_DAY

_LEAP_DAY: Final = (2, 29)


class _Near(NamedTuple):
    """A date that comes; nearest first."""

    on: date
    kind: str
    recipient: str
    number: int | None


def may_apply(situation: CustomerSituation, _: int) -> bool:
    """Whether any date or gift is known."""
    return bool(situation.dealings.special_days or situation.dealings.gifts)


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return the dates of the action's kinds that come within the lead, nearest first, on the customer's calendar.

    29 February is kept on the 28th where there is none. A gift comes back once, a year later, by its recipient.
    """
    lead, today = lead_s(action), situation.local.date()
    selected = situation.repertoire.items[action.id]
    # The customer's midnight lies within a day of the calendar's, whatever the zone.
    furthest = lead // SECONDS_PER_DAY + 2
    coming = _coming(situation, action.occasions, selected, today)
    near = {one for one in coming if (one.on - today).days <= furthest}
    causes = [_cause(situation, one, today, lead) for one in sorted(near, key=lambda one: one[:3])]
    return [one for one in causes if one.since_s <= situation.now_s]


def propose(action: Action, dates: Sequence[Cause], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose a word before every date that was not spoken of."""
    for one in dates:
        if not was_said(situation, action, None, one.since_s, one.subject):
            yield one


def _coming(
    situation: CustomerSituation, wanted: frozenset[str], selected: ItemSet, today: date
) -> Iterator[_Near]:
    dealings = situation.dealings
    for day in dealings.special_days:
        if not wanted or day.kind in wanted:
            on = next_date(date.fromisoformat(day.on), today, yearly=day.yearly)
            if on is not None:
                yield _Near(on, day.kind, day.recipient or "", None)
    if not wanted or GIFT in wanted:
        yield from _gifts(situation, selected, today)


def _gifts(situation: CustomerSituation, selected: ItemSet, today: date) -> Iterator[_Near]:
    """Yield a year after each gift to somebody who is named, once per recipient and date."""
    known = set[tuple[date, str]]()
    for gift in situation.dealings.gifts:
        on = _a_year_after(datetime.fromtimestamp(gift.at_s, situation.moment.zone).date())
        key = (on, gift.recipient or "")
        if on >= today and gift.number in selected and key not in known:
            known.add(key)
            yield _Near(on, GIFT, gift.recipient or "", gift.number)


def next_date(on: date, today: date, *, yearly: bool) -> date | None:
    """Return when a date comes next, today included; None when it is over and comes once.

    Examples
    --------
    >>> next_date(date(1996, 2, 29), date(2025, 1, 1), yearly=True)
    datetime.date(2025, 2, 28)
    >>> next_date(date(1996, 2, 29), date(2025, 3, 1), yearly=True)
    datetime.date(2026, 2, 28)
    >>> next_date(date(2024, 12, 10), date(2025, 1, 1), yearly=False) is None
    True
    """
    if on >= today:
        return on
    if not yearly:
        return None
    if (on.month, on.day) != _LEAP_DAY:
        coming = on.replace(year=today.year)
        return coming if coming >= today else on.replace(year=today.year + 1)
    born, years = Date(on.year, on.month, on.day), today.year - on.year
    coming = born.add(years=years).to_stdlib()
    return coming if coming >= today else born.add(years=years + 1).to_stdlib()


def _a_year_after(on: date) -> date:
    return Date(on.year, on.month, on.day).add(years=1).to_stdlib()


def _midnight(on: date, zone: ZoneInfo) -> int:
    return int(datetime(on.year, on.month, on.day, tzinfo=zone).timestamp())


def _cause(situation: CustomerSituation, near: _Near, today: date, lead: int) -> Cause:
    days = (near.on - today).days
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    whose = f" for {near.recipient}" if near.recipient else ""
    words = late_words(
        lambda: {
            "occasion": near.kind,
            "recipient": near.recipient,
            "item": situation.repertoire.name(near.number),
            "date": near.on.isoformat(),
            "days": str(days),
        }
    )
    return Cause(
        since_s=_midnight(near.on, situation.moment.zone) - lead,
        fact=f"{near.kind}{' given a year ago' if near.kind == GIFT else ''}{whose}, {near.on} {when}",
        words=words,
        subject=f"{near.kind} {near.on} {near.recipient}".rstrip(),
    )
