"""How to give back what does not please, said when something points to that."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from recommender.actions.contacting import was_said
from recommender.actions.goods import Arrival, arrivals, bought_or_delivered_s
from recommender.actions.late_words import LateWords
from recommender.actions.proposal import Proposal
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


class _Sign(NamedTuple):
    """Something that points to a return; newest first by time."""

    at_s: int
    what: str
    number: int | None
    order_id: str | None


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether anything was bought or delivered lately."""
    return bought_or_delivered_s(situation) >= situation.now_s - reach_s


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose a return of goods that arrived within the window and that a sign of trouble is about.

    Signs are a low rating and a question about returns. An action with a trigger takes the trigger for the sign, and open
    complaints too; where nothing says what it is about, it is about the first of the newest goods.
    """
    signs = sorted(_signs(action, situation), reverse=True, key=lambda sign: sign.at_s)
    if not signs and action.trigger is None:
        return
    latest = latest_s(action)
    arrived = list(arrivals(situation, situation.now_s - latest, 0))
    yield from islice(_proposals(action, situation, signs, arrived), MOST_PROPOSED)


def _proposals(
    action: Action, situation: CustomerSituation, signs: list[_Sign], arrived: list[Arrival]
) -> Iterator[Proposal]:
    said: set[int] = set()
    for sign in signs:
        for arrival in arrived:
            number = _meant(action, situation, sign, arrival)
            if number is not None:
                if number not in said and not was_said(situation, action, number, sign.at_s):
                    said.add(number)
                    yield _proposal(action, situation, sign, arrival, number)
                break
    if not signs and arrived:
        yield from _newest(action, situation, max(arrived))


def _newest(action: Action, situation: CustomerSituation, arrival: Arrival) -> Iterator[Proposal]:
    """Propose to take back the newest goods, where the trigger is all there is."""
    sign = _Sign(arrival.at_s, "delivered" if arrival.delivered else "bought", None, None)
    number = _meant(action, situation, sign, arrival)
    if (
        number is not None
        and situation.now_s - arrival.at_s >= action.timing.after_s
        and not was_said(situation, action, number, arrival.at_s)
    ):
        yield _proposal(action, situation, sign, arrival, number)


def _signs(action: Action, situation: CustomerSituation) -> Iterator[_Sign]:
    dealings, until_s = situation.dealings, situation.now_s - action.timing.after_s
    for review in dealings.reviews:
        if review.rating is not None and review.rating <= LOW_RATING and review.at_s <= until_s:
            yield _Sign(review.at_s, f"rated {review.rating} of 5", review.number, None)
    for asked in dealings.questions:
        if asked.topic == RETURN_TOPIC and asked.at_s <= until_s:
            yield _Sign(asked.at_s, "asked about returns", asked.number, asked.order_id)
    if action.trigger is not None:
        for one in situation.open_complaints:
            if one.opened_s <= until_s:
                yield _Sign(one.opened_s, "complained", one.number, one.order_id)


def _meant(action: Action, situation: CustomerSituation, sign: _Sign, arrival: Arrival) -> int | None:
    """Return the item of an arrival that a sign is about; None when it is about nothing of it."""
    if sign.order_id is not None and arrival.order_id is not None and sign.order_id != arrival.order_id:
        return None
    selected = situation.repertoire.items[action.id]
    wanted = arrival.numbers if sign.number is None else (sign.number,)
    return next(
        (one for one in wanted if one in arrival.numbers and one in selected and situation.owns(one)), None
    )


def _proposal(
    action: Action, situation: CustomerSituation, sign: _Sign, arrival: Arrival, number: int
) -> Proposal:
    within_s = action.timing.within_s
    return Proposal(
        action=action,
        source=action.kind,
        fact=f"{sign.what} {ago(sign.at_s, situation.now_s)}",
        since_s=sign.at_s,
        item=ItemNumber(number),
        words=LateWords(
            lambda: {
                "item": situation.repertoire.name(number),
                "order": arrival.order_id or sign.order_id,
                "date": situation.date_of(arrival.at_s),
                "until": situation.date_of(arrival.at_s + within_s) if within_s > 0 else None,
            }
        ),
    )
