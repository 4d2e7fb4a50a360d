"""Thanks for a purchase, with how to care for the goods: once per order, not per line."""

from collections.abc import Iterable, Iterator
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.goods import order_id_at
from recommender.actions.late_words import LateWords
from recommender.actions.orders import Order
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
    for order in situation.orders_since(from_s):
        if order.at_s <= until_s:
            goods = [number for number in order.numbers if number in selected]
            if goods:
                yield from _thanks(action, situation, order, goods)


def _thanks(
    action: Action, situation: CustomerSituation, order: Order, goods: list[int]
) -> Iterator[Proposal]:
    tips = {number: situation.repertoire.attribute(number, CARE) for number in goods}
    main = next((number for number in goods if tips[number]), goods[0])
    if was_said(situation, action, main, order.at_s):
        return
    yield Proposal(
        action=action,
        source=action.kind,
        fact=f"bought {ago(order.at_s, situation.now_s)}",
        since_s=order.at_s,
        item=ItemNumber(main),
        words=LateWords(
            lambda: {
                "item": listed(names_of(situation, goods)),
                "care": _care(tips.values()),
                "order": order_id_at(situation, order.at_s),
                "date": situation.date_of(order.at_s),
            }
        ),
        subject=f"order of {order.at_s}",
    )


def _care(tips: Iterable[str | None]) -> str:
    known = dict.fromkeys(tip for tip in tips if tip)
    return " ".join(list(known)[:_MOST_TIPS])
