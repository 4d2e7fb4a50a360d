"""Thanks for a purchase, with how to care for the goods: once per order, not per line."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from recommender.actions.contacting import was_said
from recommender.actions.goods import order_id_at
from recommender.actions.item_sets import ItemSet
from recommender.actions.late_words import LateWords
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago, listed, names_of
from recommender.actions.timings import window_of
from recommender.playbook.model import Action
from recommender.types import ItemNumber

CARE: Final = "care"
"""Attribute of an item that holds its care tips."""

_MOST_TIPS = 3


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether anything was bought lately."""
    return situation.now_s - situation.state.last_s <= reach_s


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose thanks for every order in time of which something selected was kept and which was not thanked for.

    It is about the first of the goods with care tips, else the first of them.
    """
    from_s, until_s = window_of(action, situation.now_s)
    selected = situation.repertoire.items[action.id]
    bought = situation.once(
        (CARE, selected, from_s, until_s), lambda: list(_bought(situation, selected, from_s, until_s))
    )
    for one in bought:
        if not was_said(situation, action, one.main, one.at_s, one.subject):
            yield _thanks(action, one)


class _Bought(NamedTuple):
    """An order of which something was selected: what thanks for it are about, and say."""

    at_s: int
    main: ItemNumber
    fact: str
    subject: str
    words: LateWords


def _bought(situation: CustomerSituation, selected: ItemSet, from_s: int, until_s: int) -> Iterator[_Bought]:
    for order in situation.orders_since(from_s):
        if order.at_s <= until_s:
            goods = [number for number in order.numbers if number in selected]
            if goods:
                yield _order(situation, order.at_s, goods)


def _order(situation: CustomerSituation, at_s: int, goods: list[int]) -> _Bought:
    tips = {number: situation.repertoire.attribute(number, CARE) for number in goods}
    words = LateWords(
        lambda: {
            "item": listed(names_of(situation, goods)),
            "care": _care(tips.values()),
            "order": order_id_at(situation, at_s),
            "date": situation.date_of(at_s),
        }
    )
    main = ItemNumber(next((number for number in goods if tips[number]), goods[0]))
    return _Bought(at_s, main, f"bought {ago(at_s, situation.now_s)}", f"order of {at_s}", words)


def _thanks(action: Action, bought: _Bought) -> Proposal:
    at_s, main, fact, subject, words = bought
    return Proposal(action, action.kind, fact, at_s, main, words=words, subject=subject)


def _care(tips: Iterable[str | None]) -> str:
    known = dict.fromkeys(tip for tip in tips if tip)
    return " ".join(list(known)[:_MOST_TIPS])
