"""How was it? Answered with a number, with words, or with both."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from recommender.actions.contacting import was_said
from recommender.actions.goods import bought_or_delivered_s
from recommender.actions.late_mapping import late_words
from recommender.actions.orders import Order
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago, listed, names_of
from recommender.actions.timings import window_of
from recommender.customers.dealings import Delivery, Visit
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


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return the newest visit, delivery or purchase in time, if there is any.

    A trigger that names ``visits.last`` or ``last_purchase`` is asked about that.
    """
    from_s, until_s = window_of(action, situation.now_s)
    lived = max(_lived(situation, _wanted(action.trigger), from_s, until_s), default=None)
    return [] if lived is None else [_cause(situation, lived)]


def propose(action: Action, newest: Sequence[Cause], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose one survey; not again about what was answered, nor within the action's cooldown after an answer."""
    for one in newest:
        survey_id = survey_id_of(action)
        if not _is_answered(action, situation, one.since_s) and not was_said(
            situation, action, None, one.since_s
        ):
            yield Cause(one.since_s, one.fact, one.words, subject=survey_id)


def _cause(situation: CustomerSituation, lived: _Lived) -> Cause:
    words = late_words(
        lambda: {
            "after": lived.what,
            "item": listed(names_of(situation, lived.numbers)),
            "date": situation.date_of(lived.at_s),
        }
    )
    return Cause(lived.at_s, f"{lived.what} {ago(lived.at_s, situation.now_s)}", words)


def survey_id_of(action: Action) -> str:
    """Return which survey an action asks: the declared one, else its own."""
    return action.id if action.survey_id is None else action.survey_id


def _lived(situation: CustomerSituation, wanted: str | None, from_s: int, until_s: int) -> Iterator[_Lived]:
    """Yield the newest visit, delivery and purchase in time, as far as the trigger wants to hear about them."""
    dealings = situation.dealings
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
    if not situation.dealings.surveys:
        return False
    survey_id = survey_id_of(action)
    from_s = min(since_s, situation.now_s - action.cooldown.accepted_s)
    return any(one.survey_id == survey_id and one.at_s >= from_s for one in situation.dealings.surveys)
