"""How was it? Answered with a number, with words, or with both."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeVar

from recommender.actions.contacting import was_said
from recommender.actions.goods import bought_or_delivered_s
from recommender.actions.late_words import LateWords
from recommender.actions.orders import Order
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago, listed, names_of
from recommender.actions.timings import window_of
from recommender.customers.dealings import Delivery, Visit
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Condition

_Dated = TypeVar("_Dated", Visit, Delivery, Order)

_ASKED_AFTER: Final = {"visits.last": "visit", "last_purchase": "purchase"}
"""What a trigger that names the fact wants to hear about."""


class _Lived(NamedTuple):
    """Something that the customer went through."""

    at_s: int
    what: str
    numbers: tuple[int, ...]


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether the customer bought or got anything lately, or came for a service."""
    from_s, visits = situation.now_s - reach_s, situation.dealings.visits
    return bought_or_delivered_s(situation) >= from_s or any(visit.at_s >= from_s for visit in visits)


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose one survey on the newest visit, delivery or purchase in time.

    A trigger that names ``visits.last`` or ``last_purchase`` is asked about that. It is not asked again about what was
    answered, nor within the action's cooldown after an answer.
    """
    key = (_wanted(action.trigger), *window_of(action, situation.now_s))
    lived = situation.once((ActionKind.SURVEY, key), lambda: max(_lived(situation, key), default=None))
    if lived is None or _is_answered(action, situation, lived.at_s):
        return
    if was_said(situation, action, None, lived.at_s):
        return
    yield Proposal(
        action=action,
        source=action.kind,
        fact=f"{lived.what} {ago(lived.at_s, situation.now_s)}",
        since_s=lived.at_s,
        words=LateWords(
            lambda: {
                "after": lived.what,
                "item": listed(names_of(situation, lived.numbers)),
                "date": situation.date_of(lived.at_s),
            }
        ),
        subject=survey_id_of(action),
    )


def survey_id_of(action: Action) -> str:
    """Return which survey an action asks: the declared one, else its own."""
    return action.id if action.survey_id is None else action.survey_id


def _lived(situation: CustomerSituation, key: tuple[str | None, int, int]) -> Iterator[_Lived]:
    """Yield the newest visit, delivery and purchase in time, as far as the trigger wants to hear about them."""
    (wanted, from_s, until_s), dealings = key, situation.dealings
    if wanted in (None, "visit") and (visit := _newest(reversed(dealings.visits), from_s, until_s)):
        yield _Lived(visit.at_s, "visit", () if visit.number is None else (visit.number,))
    if wanted in (None, "delivery") and (one := _newest(reversed(dealings.deliveries), from_s, until_s)):
        yield _Lived(one.at_s, "delivery", one.numbers)
    if wanted in (None, "purchase") and (order := _newest(situation.orders_since(from_s), from_s, until_s)):
        yield _Lived(order.at_s, "purchase", order.numbers)


def _newest(newest_first: Iterable[_Dated], from_s: int, until_s: int) -> _Dated | None:
    """Return the newest until a moment, unless it was before the other."""
    for one in newest_first:
        if one.at_s <= until_s:
            return one if one.at_s >= from_s else None
    return None


def _wanted(trigger: Condition | None) -> str | None:
    """Return what a trigger wants to hear about; None when it leaves that open, or names several."""
    if trigger is None:
        return None
    named = [what for fact, what in _ASKED_AFTER.items() if fact in trigger.text]
    return named[0] if len(named) == 1 else None


def _is_answered(action: Action, situation: CustomerSituation, since_s: int) -> bool:
    survey_id = survey_id_of(action)
    from_s = min(since_s, situation.now_s - action.cooldown.accepted_s)
    return any(one.survey_id == survey_id and one.at_s >= from_s for one in situation.dealings.surveys)
