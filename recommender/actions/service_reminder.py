"""A service that keeps a promise is due for a unit, and no visit is booked for it."""

from collections import Counter
from collections.abc import Sequence

from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.playbook.model import Action
from recommender.promises import Obligation, fact_words, last_seen_s, reminder_words
from recommender.types import ItemNumber


def may_apply(situation: CustomerSituation, _: int) -> bool:
    """Whether any unit is under a service plan."""
    is_planned = situation.repertoire.is_planned
    return any(is_planned(unit.number) for unit in situation.dealings.units)


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return the units whose service is due or overdue; too late is the moment at which something lapses.

    An action that names plans speaks of these, one that names items of units of these.
    """
    repertoire = situation.repertoire
    selected = repertoire.items[action.id]
    keys = Counter[str]()
    found: list[Cause] = []
    for plan_id in repertoire.plans:
        if not action.plans or plan_id in action.plans:
            for one in situation.obligations(plan_id):
                if one.is_open and one.unit.number in selected:
                    keys[one.key] += 1
                    found.append(_due(situation, one, keys[one.key]))
    return found


def propose(_: Action, units: Sequence[Cause], __: CustomerSituation) -> Sequence[Cause]:
    """Propose a reminder per unit."""
    return units


def _due(situation: CustomerSituation, one: Obligation, nth: int) -> Cause:
    """Return what is due for one unit; ``nth`` tells units of an order apart whose lines have no id."""
    zone, number, repertoire = situation.moment.zone, one.unit.number, situation.repertoire
    return Cause(
        since_s=one.remind_from_s,
        fact=fact_words(one, zone),
        words=late_words(
            lambda: {**reminder_words(one, zone, _seen_s(situation, one)), "item": repertoire.name(number)}
        ),
        item=ItemNumber(number),
        subject=one.key if nth == 1 else f"{one.key}/{nth}",
        due_s=one.due_s,
        deadline_s=one.lapses_s,
        value=one.plan.value,
        unit=one.unit,
    )


def _seen_s(situation: CustomerSituation, one: Obligation) -> int | None:
    return last_seen_s(one.unit, situation.dealings, situation.now_s)
