"""A booked visit is near."""

from collections.abc import Iterator
from typing import Final

from recommender.actions.late_words import LateWords
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ahead, local_time
from recommender.actions.timings import lead_s
from recommender.customers.dealings import Booking
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action
from recommender.types import ItemNumber

_COMING: Final = frozenset({"booked", "moved"})


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether any visit is near."""
    now_s = situation.now_s
    return any(now_s <= one.starts_s <= now_s + reach_s for one in situation.dealings.bookings)


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose a reminder of every visit that starts within the lead; none of those kept, missed or called off.

    An action that names plans speaks of visits with a service code of theirs, one that names items of visits for these.
    """
    now_s = situation.now_s
    lead = lead_s(action)
    for one in situation.dealings.bookings:
        if (
            one.status in _COMING
            and one.said_s <= now_s
            and now_s <= one.starts_s <= now_s + lead
            and _is_about(action, situation, one)
        ):
            yield _reminder(action, situation, one, one.starts_s - lead)


def _is_about(action: Action, situation: CustomerSituation, one: Booking) -> bool:
    repertoire = situation.repertoire
    if action.plans and not any(
        one.service_code in repertoire.plans[plan_id].satisfied_by for plan_id in action.plans
    ):
        return False
    return repertoire.items[action.id].takes(one.number)


def service_of(situation: CustomerSituation, code: str | None) -> str | None:
    """Return what customers call a service: the name of the plan that it satisfies, else its code."""
    plans = situation.repertoire.plans.values()
    return next((plan.name for plan in plans if code in plan.satisfied_by), code)


def _reminder(action: Action, situation: CustomerSituation, one: Booking, lead_from_s: int) -> Proposal:
    fact, words = situation.once((ActionKind.APPOINTMENT, one), lambda: _told(situation, one))
    return Proposal(
        action=action,
        source=action.kind,
        fact=fact,
        since_s=max(lead_from_s, one.said_s),
        item=None if one.number is None else ItemNumber(one.number),
        due_s=one.starts_s,
        deadline_s=one.starts_s,
        words=words,
        subject=one.appointment_id,
    )


def _told(situation: CustomerSituation, one: Booking) -> tuple[str, LateWords]:
    date = situation.date_of(one.starts_s)
    time = local_time(one.starts_s, situation.moment.zone)
    words = LateWords(
        lambda: {
            "item": situation.repertoire.name(one.number),
            "serial": one.serial,
            "service": service_of(situation, one.service_code),
            "date": date,
            "time": time,
        }
    )
    return f"{one.status} for {date} {time}, {ahead(one.starts_s, situation.now_s)}", words
