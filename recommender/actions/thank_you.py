"""Thanks for a purchase, with how to care for the goods: once per order, not per line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from recommender.actions.contacting import was_said
from recommender.actions.goods import last_order_s, order_id_at
from recommender.actions.late_mapping import late_words
from recommender.actions.order_parts import began_s, told_deliveries
from recommender.actions.orders import Order
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


class _Bought(NamedTuple):
    """One order: what thanks for it say, and when each part of it that is known was bought."""

    thanks: Cause
    times: set[int]


def find(action: Action, situation: CustomerSituation) -> list[_Bought]:
    """Return every order in time of which something selected was kept; parts that are known to be of one order are one.

    Thanks are about the first of the goods with care tips, else the first of them.
    """
    from_s, until_s = window_of(action, situation.now_s)
    orders = situation.orders_since(from_s)
    if not orders:
        return []
    selected = situation.repertoire.items[action.id]
    told = told_deliveries(situation, orders[-1].at_s)
    parts: dict[int, list[Order]] = {}
    for order in orders:
        parts.setdefault(began_s(situation, order, told), []).append(order)
    found = []
    for at_s, some in sorted(parts.items(), reverse=True):
        if from_s <= at_s <= until_s:
            goods = selected.among(dict.fromkeys(one for part in reversed(some) for one in part.numbers))
            if goods:
                found.append(_Bought(_order(situation, at_s, goods), {at_s, *(part.at_s for part in some)}))
    return found


def propose(action: Action, bought: Sequence[_Bought], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose thanks for every order of which no part was thanked for."""
    for one in bought:
        thanks = one.thanks
        if not any(
            was_said(situation, action, thanks.item, thanks.since_s, _subject(at_s)) for at_s in one.times
        ):
            yield thanks


def _subject(at_s: int) -> str:
    return f"order of {at_s}"


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
    return Cause(at_s, f"bought {ago(at_s, situation.now_s)}", words, main, _subject(at_s))


def _care(tips: Iterable[str]) -> str:
    known = dict.fromkeys(tip for tip in tips if tip)
    return " ".join(list(known)[:_MOST_TIPS])
