"""What do you think of it? Asked only of goods that were delivered, kept, and are not complained about."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from recommender.actions.contacting import was_said
from recommender.actions.goods import Arrival, arrivals, bought_or_delivered_s, is_complained_about
from recommender.actions.item_sets import ItemSet
from recommender.actions.late_words import LateWords
from recommender.actions.proposal import Proposal
from recommender.actions.remembered import Remembered
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago
from recommender.actions.timings import window_of
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action
from recommender.types import ItemNumber

MOST_ASKED: Final = 8
"""Items that one decision considers asking about; the newest arrivals and the dearest goods of each come first."""


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether anything was bought or delivered lately."""
    return bought_or_delivered_s(situation) >= situation.now_s - reach_s


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose a review per item that arrived in time; none of gifts, of reviewed items, of what an open complaint is about."""
    yield from islice(_askable(action, situation), MOST_ASKED)


def _askable(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    key = (*window_of(action, situation.now_s), action.timing.undelivered_after_s)
    selected = situation.repertoire.items[action.id]
    goods = situation.once(
        (ActionKind.REVIEW_REQUEST, selected, key), lambda: Remembered(_arrived(situation, selected, key))
    )
    asked = set[int]()
    for at_s, number, fact, words in goods:
        if number not in asked and not was_said(situation, action, number, at_s):
            asked.add(number)
            yield Proposal(action, action.kind, fact, at_s, number, words=words)


class _Goods(NamedTuple):
    """Something that arrived, and what is said when it is asked about."""

    at_s: int
    number: ItemNumber
    fact: str
    words: LateWords


def _arrived(
    situation: CustomerSituation, selected: ItemSet, key: tuple[int, int, int | None]
) -> Iterator[_Goods]:
    """Yield what arrived in time and may be asked about, whatever was said already."""
    from_s, until_s, undelivered_after_s = key
    reviewed = {review.number for review in situation.dealings.reviews}
    for arrival in arrivals(situation, from_s, undelivered_after_s):
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


def _one_of(situation: CustomerSituation, arrival: Arrival, number: int) -> _Goods:
    when = ago(arrival.at_s, situation.now_s)
    fact = f"delivered {when}" if arrival.delivered else f"counts as delivered since {when}"
    words = LateWords(
        lambda: {
            "item": situation.repertoire.name(number),
            "order": arrival.order_id,
            "date": situation.date_of(arrival.at_s),
        }
    )
    return _Goods(arrival.at_s, ItemNumber(number), fact, words)
