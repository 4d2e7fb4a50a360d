"""A service that keeps a promise is due for a unit, and no visit is booked for it."""

from collections import Counter
from collections.abc import Iterator

from recommender.actions.late_words import LateWords
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.playbook.model import Action
from recommender.promises import Obligation, fact_words, reminder_words
from recommender.types import ItemNumber


def may_apply(situation: CustomerSituation, _: int) -> bool:
    """Whether any unit is under a service plan."""
    is_planned = situation.repertoire.is_planned
    return any(is_planned(unit.number) for unit in situation.dealings.units)


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose a reminder per unit whose service is due or overdue; too late is the moment at which something lapses.

    An action that names plans speaks of these, one that names items of units of these.
    """
    repertoire = situation.repertoire
    selected = repertoire.items[action.id]
    keys = Counter[str]()
    for plan_id in repertoire.plans:
        if not action.plans or plan_id in action.plans:
            for one in situation.obligations(plan_id):
                if one.is_open and one.unit.number in selected:
                    keys[one.key] += 1
                    yield _reminder(action, situation, one, keys[one.key])


def _reminder(action: Action, situation: CustomerSituation, one: Obligation, nth: int) -> Proposal:
    """Return the reminder of one unit; ``nth`` tells units of an order apart whose lines have no id."""
    zone, number = situation.moment.zone, one.unit.number
    return Proposal(
        action=action,
        source=action.kind,
        fact=fact_words(one, zone),
        since_s=one.remind_from_s,
        item=ItemNumber(number),
        due_s=one.due_s,
        deadline_s=one.lapses_s,
        words=LateWords(lambda: {**reminder_words(one, zone), "item": situation.repertoire.name(number)}),
        value=one.plan.value,
        subject=one.key if nth == 1 else f"{one.key}/{nth}",
        unit=one.unit,
    )
