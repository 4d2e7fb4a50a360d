"""What do you think of it? Asked only of goods that were delivered, kept, and are not complained about."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from recommender.actions.contacting import not_said, was_said
from recommender.actions.goods import (
    Arrival,
    arrivals,
    bought_or_delivered_s,
    is_complained_about,
    last_bought_s,
)
from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
from recommender.actions.remembered import Remembered
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago
from recommender.actions.timings import window_of
from recommender.playbook.model import Action
from recommender.types import ItemNumber

MOST_ASKED: Final = 8
"""Items that one decision considers asking about; the newest arrivals and the dearest goods of each come first."""


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether anything was bought or delivered lately."""
    return bought_or_delivered_s(situation) >= situation.now_s - reach_s


def find(action: Action, situation: CustomerSituation) -> Remembered[Cause]:
    """Return what arrived in time and may be asked about; none of gifts, of reviewed items, of what an open complaint is about."""
    return Remembered(_arrived(action, situation))


def propose(action: Action, goods: Iterable[Cause], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose a review per item that was not asked about since it arrived, or counted as if."""
    unasked = (one for one in goods if not _was_asked_before(action, one, situation))
    return not_said(situation, action, unasked, MOST_ASKED)


def _was_asked_before(action: Action, arrived: Cause, situation: CustomerSituation) -> bool:
    """Whether a delivery was told late, when the item had counted as delivered and was asked about."""
    delay_s = action.timing.undelivered_after_s
    if delay_s is None or arrived.item is None or action.id not in situation.said:
        return False
    bought_s = last_bought_s(situation, arrived.item, arrived.since_s)
    return bought_s is not None and was_said(situation, action, arrived.item, bought_s + delay_s)


def _arrived(action: Action, situation: CustomerSituation) -> Iterator[Cause]:
    from_s, until_s = window_of(action, situation.now_s)
    selected = situation.repertoire.items[action.id]
    reviewed = {review.number for review in situation.dealings.reviews}
    for arrival in arrivals(situation, from_s, action.timing.undelivered_after_s):
        if arrival.at_s <= until_s:
            for number in _dearest_first(situation, arrival.numbers):
                if (
                    number not in reviewed
                    and number in selected
                    and situation.owns(number)
                    and not is_complained_about(situation, number, arrival.order_id)
                ):
                    yield _one_of(situation, arrival, number)


def _dearest_first(situation: CustomerSituation, numbers: tuple[int, ...]) -> Sequence[int]:
    if len(numbers) == 1:
        return numbers
    price = situation.repertoire.columns.price
    known = {number: float(price[number]) for number in numbers if 0 <= number < len(price)}
    return sorted(numbers, key=lambda number: (-known[number] if known.get(number, 0) > 0 else 0.0, number))


def _one_of(situation: CustomerSituation, arrival: Arrival, number: int) -> Cause:
    when = ago(arrival.at_s, situation.now_s)
    fact = f"delivered {when}" if arrival.delivered else f"counts as delivered since {when}"
    words = late_words(
        lambda: {
            "item": situation.repertoire.name(number),
            "order": arrival.order_id,
            "date": situation.date_of(arrival.at_s),
        }
    )
    return Cause(arrival.at_s, fact, words, ItemNumber(number))
