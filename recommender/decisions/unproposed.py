"""Why an action that follows something proposes nothing: the fact that is missing, as far as the customer's facts settle it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from recommender.actions import easy_return, review_request, win_back
from recommender.actions.proposing import PROPOSERS
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import listed
from recommender.customers import CustomerState
from recommender.customers.dealings import Dealings
from recommender.decisions.acting import situation_of
from recommender.decisions.prepared import Prepared
from recommender.decisions.request import DecisionRequest
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action
from recommender.promises import Obligation, fact_words, local_day
from recommender.types import ItemNumber

_MOST_TOLD: Final = 3
"""Units of which it is said where their promises stand."""

_ABOUT_NO_ITEM: Final = frozenset({ActionKind.SURVEY, ActionKind.WIN_BACK, ActionKind.OCCASION})


def why_nothing(
    action: Action,
    item: ItemNumber | None,
    decided: tuple[Prepared, DecisionRequest, CustomerState, int],
) -> str:
    """Say why an action proposed nothing, or nothing of an item, in one decision.

    Parameters
    ----------
    action
        Of the playbook, of a kind that follows something; of others it is said that the ranking has nothing.
    item
        What it was to be about; None: whatever it is about.
    decided
        What the decision was made from, and when, seconds since 1970.
    """
    ready, request, state, now_s = decided
    if action.kind not in PROPOSERS:
        return "the ranking has nothing that it is about"
    if item is not None and not _may_be_about(action, item, ready):
        return "the action is not about this item"
    return missing_fact(action, situation_of(state, request, ready, now_s))


def nothing_about(
    item: ItemNumber, decided: tuple[Prepared, DecisionRequest, CustomerState, int]
) -> tuple[str, str]:
    """Say of an item, of which no action spoke, which actions may be about it, and of a single one why it is silent.

    Returns
    -------
    tuple
        ``no_action`` or ``no_fact``, and the words.
    """
    ready = decided[0]
    named = ready.repertoire.catalogue.item_id(item)
    thing = "this item" if named is None else f"item {named}"
    able = [plan.action for plan in ready.in_order if _may_be_about(plan.action, item, ready)]
    if not able:
        return "no_action", f"no action of the playbook is about {thing}"
    if len(able) == 1:
        return "no_fact", f"only {able[0].id} may be about {thing}: {why_nothing(able[0], item, decided)}"
    return "no_fact", f"{listed(one.id for one in able)} may be about {thing}, and have nothing to say of it"


def _may_be_about(action: Action, item: ItemNumber, ready: Prepared) -> bool:
    repertoire = ready.repertoire
    if action.kind in _ABOUT_NO_ITEM or item not in repertoire.items[action.id]:
        return False
    if action.kind is not ActionKind.SERVICE_REMINDER:
        return True
    return any(item in repertoire.plan_items[plan_id] for plan_id in action.plans or repertoire.plans)


def missing_fact(action: Action, situation: CustomerSituation) -> str:
    """Say at which step of its kind nothing is left for an action: no fact, none unsaid, none young enough."""
    kind, now_s = action.kind, situation.now_s
    proposer = PROPOSERS[kind]
    is_near = proposer.may_apply(situation, situation.repertoire.reach_s[kind])
    facts = list(proposer.find(action, situation)) if is_near else []
    if not facts:
        tell = _NO_FACT[kind]
        return tell if isinstance(tell, str) else tell(action, situation)
    causes = list(proposer.propose(action, facts, situation))
    if not causes:
        answered = "answered, " if kind is ActionKind.SURVEY else ""
        return f"it was {answered}said since, or is reserved"
    if action.expiry_s is not None and all(now_s - one.since_s > action.expiry_s for one in causes):
        return "what it would follow is older than its expiry"
    return "what it has to say is about something else"


def _no_service(action: Action, situation: CustomerSituation) -> str:
    """Say of each unit where its promise stands: what is not due yet, done, lapsed or booked."""
    repertoire, zone = situation.repertoire, situation.moment.zone
    selected, told = repertoire.items[action.id], dict[str, None]()
    for plan_id in repertoire.plans:
        if not action.plans or plan_id in action.plans:
            for one in situation.obligations(plan_id):
                if one.unit.number in selected:
                    told[f"{repertoire.name(one.unit.number)}: {_stands(one, zone)}"] = None
    if not told:
        return "no unit that the customer owns is under a service plan that it is about"
    more = len(told) - _MOST_TOLD
    return "; ".join([*list(told)[:_MOST_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _stands(one: Obligation, zone: ZoneInfo) -> str:
    if one.booking is not None and one.state not in {"satisfied", "ended", "lapsed"}:
        return f"{fact_words(one, zone)}, a visit is booked"
    if one.state == "upcoming":
        return f"{fact_words(one, zone)}, to be spoken of from {local_day(one.remind_from_s, zone)}"
    return fact_words(one, zone)


def _no_review(action: Action, situation: CustomerSituation) -> str:
    """Name reviews or complaints where goods would be asked about without them."""
    dealings = situation.dealings
    unreviewed = msgspec.structs.replace(dealings, reviews=())
    if _finds(review_request.find, action, situation, unreviewed):
        return "what was delivered in its time was reviewed already"
    if _finds(review_request.find, action, situation, msgspec.structs.replace(unreviewed, complaints=())):
        return "an open complaint may be about what was delivered in its time"
    told = "delivered" if action.timing.undelivered_after_s is None else "delivered, or counts as delivered,"
    return f"nothing that it is about and that the customer kept for themselves was {told} in its time"


def _no_return(action: Action, situation: CustomerSituation) -> str:
    """Name the sign of trouble where there is none, or none yet."""
    if action.trigger is None and not any(easy_return.signs_of(action, situation)):
        at_once = replace(action, timing=replace(action.timing, after_s=0))
        if any(easy_return.signs_of(at_once, situation)):
            return "the sign of trouble that it follows is too fresh for its timing.after"
        low = easy_return.LOW_RATING
        return f"no rating of {low} or less and no question about returns says that something does not please"
    return "nothing that a sign of trouble is about arrived in its time and was kept"


def _no_lapse(action: Action, situation: CustomerSituation) -> str:
    """Name the order days that a rhythm takes, a booked visit, or the lapse that is over."""
    least = max(action.timing.least_orders, win_back.LEAST_DAYS)
    days = min(situation.rhythm.days, situation.state.orders)
    if days < least:
        return f"the customer ordered on {days} {'day' if days == 1 else 'days'}, and a rhythm takes {least}"
    if win_back.is_expected(situation):
        return "a visit is booked"
    endless = replace(action, timing=replace(action.timing, within_s=0))
    if win_back.find(endless, situation):
        return "the customer has stayed away for longer than its timing.within"
    return "the customer has not stayed away for longer than their own rhythm explains"


def _finds(
    find: Callable[[Action, CustomerSituation], Iterable[object]],
    action: Action,
    situation: CustomerSituation,
    dealings: Dealings,
) -> bool:
    """Whether a kind would find something if other things had happened."""
    state = replace(situation.state, dealings=dealings)
    found = find(action, CustomerSituation(situation.repertoire, state, situation.moment))
    return any(True for _ in found)


_NO_FACT: Final[Mapping[ActionKind, str | Callable[[Action, CustomerSituation], str]]] = {
    ActionKind.SERVICE_REMINDER: _no_service,
    ActionKind.APPOINTMENT: "no booked visit that it is about is near",
    ActionKind.THANK_YOU: "nothing that it is about was bought in its time and kept",
    ActionKind.REVIEW_REQUEST: _no_review,
    ActionKind.SURVEY: "nothing that it asks about happened in its time",
    ActionKind.APOLOGY: "no complaint that it is about is open or was resolved in its time",
    ActionKind.FOLLOW_UP: "no question that it is about was asked in its time",
    ActionKind.WIN_BACK: _no_lapse,
    ActionKind.OCCASION: "no date that matters to it is near",
    ActionKind.EASY_RETURN: _no_return,
}
