"""How was it? Answered with a number, with words, or with both."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from recommender.actions.contacting import was_said
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago, given, is_time, latest_s, local_date
from recommender.playbook.model import Action
from recommender.types import SECONDS_PER_DAY

USUAL_WITHIN_S: Final = 30 * SECONDS_PER_DAY

_ASKED_AFTER: Final = {"visits.last": "visit", "last_purchase": "purchase"}
"""What a trigger that names the fact wants to hear about."""


class _Lived(NamedTuple):
    """Something that the customer went through."""

    at_s: int
    what: str


def may_apply(situation: CustomerSituation) -> bool:
    """Whether the customer bought anything or came for a service."""
    return situation.state.last_s > 0 or bool(situation.dealings.visits)


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose one survey on the newest visit, delivery or purchase in time.

    A trigger that names ``visits.last`` or ``last_purchase`` is asked about that. It is not asked again about what was
    answered, nor within the action's cooldown after an answer.
    """
    lived = max(_lived(action, situation), default=None)
    if lived is None or _is_answered(action, situation, lived.at_s):
        return
    if was_said(situation, action, None, lived.at_s):
        return
    yield Proposal(
        action=action,
        source=action.kind,
        fact=f"{lived.what} {ago(lived.at_s, situation.now_s)}",
        since_s=lived.at_s,
        words=given(after=lived.what, date=local_date(lived.at_s, situation.moment.zone)),
        subject=survey_id_of(action),
    )


def survey_id_of(action: Action) -> str:
    """Return which survey an action asks: the declared one, else its own."""
    return action.id if action.survey_id is None else action.survey_id


def _lived(action: Action, situation: CustomerSituation) -> Iterator[_Lived]:
    wanted = _wanted(action)
    now_s, dealings = situation.now_s, situation.dealings
    if wanted != "purchase":
        for visit in dealings.visits:
            if is_time(action, visit.at_s, now_s, USUAL_WITHIN_S):
                yield _Lived(visit.at_s, "visit")
    if wanted == "visit":
        return
    for delivery in dealings.deliveries:
        if is_time(action, delivery.at_s, now_s, USUAL_WITHIN_S):
            yield _Lived(delivery.at_s, "delivery")
    latest = latest_s(action, USUAL_WITHIN_S)
    if now_s - situation.state.last_s <= latest:
        for order in situation.orders_since(now_s - latest):
            if is_time(action, order.at_s, now_s, USUAL_WITHIN_S):
                yield _Lived(order.at_s, "purchase")


def _wanted(action: Action) -> str | None:
    """Return what the trigger wants to hear about; None when it leaves that open, or names several."""
    text = "" if action.trigger is None else action.trigger.text
    named = [what for fact, what in _ASKED_AFTER.items() if fact in text]
    return named[0] if len(named) == 1 else None


def _is_answered(action: Action, situation: CustomerSituation, since_s: int) -> bool:
    survey_id = survey_id_of(action)
    from_s = min(since_s, situation.now_s - action.cooldown.accepted_s)
    return any(one.survey_id == survey_id and one.at_s >= from_s for one in situation.dealings.surveys)
