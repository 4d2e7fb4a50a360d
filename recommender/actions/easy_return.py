"""How to give back what does not please, said when something points to that."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from recommender.actions.contacting import not_said
from recommender.actions.goods import Arrival, arrivals, arrived_bought_s, bought_or_delivered_s
from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago
from recommender.actions.timings import latest_s
from recommender.playbook.model import Action
from recommender.types import ItemNumber

LOW_RATING: Final = 2
"""Stars of a review, at most, that say that something does not please."""

RETURN_TOPIC: Final = "return"
"""Topic of a question about giving something back."""

MOST_PROPOSED: Final = 4

_COMPLAINED: Final = "complained"


class _Sign(NamedTuple):
    """Something that points to a return; newest first by time."""

    at_s: int
    what: str
    number: int | None
    order_id: str | None


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether anything was bought or delivered lately."""
    return bought_or_delivered_s(situation) >= situation.now_s - reach_s


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return goods that arrived within the window and that a sign of trouble is about, newest sign first.

    Signs are a low rating and a question about returns, given since the goods were bought. An action with a trigger takes
    the trigger for the sign, and open complaints too; where nothing says what it is about, it is about the first of the
    newest goods.
    """
    signs = sorted(signs_of(action, situation), reverse=True, key=lambda sign: sign.at_s)
    if not signs and action.trigger is None:
        return []
    arrived = list(arrivals(situation, situation.now_s - latest_s(action), 0))
    meant = (_first_meant(action, situation, sign, arrived) for sign in signs)
    found = [one for one in meant if one is not None]
    if found or action.trigger is None or not arrived or _says_more(situation, signs, arrived):
        return found
    return list(_newest(action, situation, max(arrived)))


def propose(action: Action, goods: Sequence[Cause], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose a return per item for which it was not proposed since the sign."""
    return not_said(situation, action, goods, MOST_PROPOSED)


def _first_meant(
    action: Action, situation: CustomerSituation, sign: _Sign, arrived: Iterable[Arrival]
) -> Cause | None:
    """Return the first goods that a sign is about."""
    for arrival in arrived:
        number = _meant(action, situation, sign, arrival)
        if number is not None:
            return _cause(action, situation, sign, arrival, number)
    return None


def _says_more(situation: CustomerSituation, signs: Sequence[_Sign], arrived: Iterable[Arrival]) -> bool:
    """Whether an open complaint, or a sign since any of these goods were bought, says what a trigger is about."""
    if not signs:
        return False
    bought_s = min(arrived_bought_s(situation, one, number) for one in arrived for number in one.numbers)
    return signs[0].at_s >= bought_s or any(sign.what == _COMPLAINED for sign in signs)


def _newest(action: Action, situation: CustomerSituation, arrival: Arrival) -> Iterator[Cause]:
    """Yield the first of the newest goods, where the trigger is all there is."""
    sign = _Sign(arrival.at_s, "delivered" if arrival.delivered else "bought", None, None)
    number = _meant(action, situation, sign, arrival)
    if number is not None and situation.now_s - arrival.at_s >= action.timing.after_s:
        yield _cause(action, situation, sign, arrival, number)


def signs_of(action: Action, situation: CustomerSituation) -> Iterator[_Sign]:
    """Yield what points to trouble, and did so long enough ago; complaints only of an action with a trigger."""
    dealings, until_s = situation.dealings, situation.now_s - action.timing.after_s
    for review in dealings.reviews:
        rated_s = review.at_s if review.rated_s is None else review.rated_s
        if review.rating is not None and review.rating <= LOW_RATING and rated_s <= until_s:
            yield _Sign(rated_s, f"rated {review.rating} of 5,", review.number, None)
    for asked in dealings.questions:
        if asked.topic == RETURN_TOPIC and asked.at_s <= until_s:
            yield _Sign(asked.at_s, "asked about returns", asked.number, asked.order_id)
    if action.trigger is not None:
        for one in situation.open_complaints:
            if one.opened_s <= until_s:
                yield _Sign(one.opened_s, _COMPLAINED, one.number, one.order_id)


def _meant(action: Action, situation: CustomerSituation, sign: _Sign, arrival: Arrival) -> int | None:
    """Return the item of an arrival that a sign is about; None when it is about nothing of it.

    Nothing points to goods before they are bought.
    """
    if sign.order_id is not None and not _may_be(situation, sign.order_id, arrival):
        return None
    selected = situation.repertoire.items[action.id]
    wanted = arrival.numbers if sign.number is None else (sign.number,)
    for one in wanted:
        if (
            one in arrival.numbers
            and one in selected
            and situation.owns(one)
            and arrived_bought_s(situation, arrival, one) <= sign.at_s
        ):
            return one
    return None


def _may_be(situation: CustomerSituation, order_id: str, arrival: Arrival) -> bool:
    """Whether an arrival may be of an order; goods without a delivery are of none of which a delivery was told."""
    if arrival.order_id is not None:
        return arrival.order_id == order_id
    return all(one.order_id != order_id for one in situation.dealings.deliveries)


def _cause(action: Action, situation: CustomerSituation, sign: _Sign, arrival: Arrival, number: int) -> Cause:
    within_s = action.timing.within_s
    words = late_words(
        lambda: {
            "item": situation.repertoire.name(number),
            "order": arrival.order_id or sign.order_id,
            "date": situation.date_of(arrival.at_s),
            "until": situation.date_of(arrival.at_s + within_s) if within_s > 0 else None,
        }
    )
    return Cause(sign.at_s, f"{sign.what} {ago(sign.at_s, situation.now_s)}", words, ItemNumber(number))
