"""Thanks for a purchase, with how to care for the goods: once per order, not per line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.goods import last_order_s, order_id_at
from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
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
    return situation.now_s - last_order_s(situation) <= reach_s


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return every order in time of which something selected was kept.

    Thanks are about the first of the goods with care tips, else the first of them.
    """
    from_s, until_s = window_of(action, situation.now_s)
    selected = situation.repertoire.items[action.id]
    orders = [order for order in situation.orders_since(from_s) if order.at_s <= until_s]
    bought = [(order.at_s, selected.among(order.numbers)) for order in orders]
    return [_order(situation, at_s, goods) for at_s, goods in bought if goods]


def propose(action: Action, bought: Sequence[Cause], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose thanks for every order which was not thanked for."""
    for one in bought:
        if not was_said(situation, action, one.item, one.since_s, one.subject):
            yield one


def _order(situation: CustomerSituation, at_s: int, goods: list[int]) -> Cause:
    tips = situation.repertoire.columns.attribute(CARE)
    words = late_words(
        lambda: {
            "item": listed(names_of(situation, goods)),
            "care": _care(tips[number] for number in goods if number in tips),
            "order": order_id_at(situation, at_s),
            "date": situation.date_of(at_s),
        }
    )
    main = ItemNumber(next((number for number in goods if tips.get(number)), goods[0]))
    return Cause(at_s, f"bought {ago(at_s, situation.now_s)}", words, main, f"order of {at_s}")


def _care(tips: Iterable[str]) -> str:
    known = dict.fromkeys(tip for tip in tips if tip)
    return " ".join(list(known)[:_MOST_TIPS])
