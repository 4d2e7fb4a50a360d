"""A booked visit is near."""

from collections.abc import Sequence
from typing import Final

from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ahead
from recommender.actions.timings import lead_s
from recommender.customers.dealings import Booking
from recommender.playbook.model import Action
from recommender.promises import goes_by_serial, is_for
from recommender.types import ItemNumber

_TOLD: Final = {"booked": "booked for", "moved": "moved to"}


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether any visit is near."""
    now_s = situation.now_s
    return any(now_s <= one.starts_s <= now_s + reach_s for one in situation.dealings.bookings)


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return every visit that starts within the lead; none of those kept, missed or called off.

    An action that names plans speaks of visits with a service code of theirs, and of those without any that name a unit
    of theirs; one that names items of visits for these.
    """
    now_s = situation.now_s
    lead = lead_s(action)
    return [
        _visit(situation, one, one.starts_s - lead)
        for one in situation.dealings.bookings
        if one.is_expected
        and one.said_s <= now_s
        and now_s <= one.starts_s <= now_s + lead
        and _is_about(action, situation, one)
    ]


def propose(_: Action, visits: Sequence[Cause], __: CustomerSituation) -> Sequence[Cause]:
    """Propose a reminder of every visit."""
    return visits


def _is_about(action: Action, situation: CustomerSituation, one: Booking) -> bool:
    repertoire = situation.repertoire
    if action.plans and not any(
        is_for(one, repertoire.plans[plan_id], repertoire.plan_items[plan_id], situation.dealings)
        for plan_id in action.plans
    ):
        return False
    return repertoire.items[action.id].takes(_number(situation, one))


def _number(situation: CustomerSituation, one: Booking) -> int | None:
    """Return the item of a visit: the one that it names, else that of the unit with its serial."""
    if one.number is not None or one.serial is None:
        return one.number
    of_serial = {unit.number for unit in situation.dealings.units if goes_by_serial(unit, one.serial)}
    return of_serial.pop() if len(of_serial) == 1 else None  # two makers may number alike


def _visit(situation: CustomerSituation, one: Booking, lead_from_s: int) -> Cause:
    starts = situation.clock_at(one.starts_s).isoformat()
    date, time, number = starts[:10], starts[11:16], _number(situation, one)
    words = late_words(
        lambda: {
            "item": situation.repertoire.name(number),
            "serial": one.serial,
            "service": situation.repertoire.service_name(one.service_code),
            "date": date,
            "time": time,
        }
    )
    return Cause(
        since_s=max(lead_from_s, one.said_s),
        fact=f"{_TOLD[one.status]} {date} {time}, {ahead(one.starts_s, situation.now_s)}",
        words=words,
        item=None if number is None else ItemNumber(number),
        subject=one.appointment_id,
        due_s=one.starts_s,
        deadline_s=one.starts_s,
    )
