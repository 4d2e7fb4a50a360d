"""Sorry for what went wrong, with goodwill where the budget allows."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.goodwill import goodwill_for
from recommender.actions.late_mapping import late_words
from recommender.actions.money import money
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation, is_open
from recommender.actions.telling import ago
from recommender.actions.timings import window_of
from recommender.customers.dealings import Complaint
from recommender.playbook.model import Action
from recommender.types import ItemNumber

MOST_APOLOGIES: Final = 4
"""Complaints that one decision considers, newest first."""


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether a complaint is open or was resolved lately."""
    from_s = situation.now_s - reach_s
    return any(one.resolved_s is None or one.resolved_s >= from_s for one in situation.dealings.complaints)


def find(action: Action, situation: CustomerSituation) -> list[Complaint]:
    """Return the complaints that are open or were resolved lately, newest first."""
    selected = situation.repertoire.items[action.id]
    return [
        one
        for one in reversed(situation.dealings.complaints)
        if selected.takes(one.number) and _is_time(action, situation, one)
    ]


def propose(action: Action, complaints: Sequence[Complaint], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose one apology per complaint that was not answered with one."""
    sorry = (
        one
        for one in complaints
        if not was_said(situation, action, one.number, one.opened_s, one.complaint_id)
    )
    offered = 0.0
    for one in islice(sorry, MOST_APOLOGIES):
        amount = goodwill_for(action, situation, one.number, offered)
        offered += amount
        yield _cause(situation, one, amount)


def _is_time(action: Action, situation: CustomerSituation, one: Complaint) -> bool:
    now_s = situation.now_s
    if is_open(one, now_s):
        return now_s - one.opened_s >= action.timing.after_s
    from_s, until_s = window_of(action, now_s)
    return one.resolved_s is not None and from_s <= one.resolved_s <= until_s


def _cause(situation: CustomerSituation, one: Complaint, amount: float) -> Cause:
    now_s = situation.now_s
    fact, since_s = f"complaint opened {ago(one.opened_s, now_s)}", one.opened_s
    if one.resolved_s is not None and not is_open(one, now_s):
        fact, since_s = f"complaint resolved {ago(one.resolved_s, now_s)}", one.resolved_s
    words = late_words(
        lambda: {
            "item": situation.repertoire.name(one.number),
            "order": one.order_id,
            "date": situation.date_of(one.opened_s),
            "amount": money(amount, situation.repertoire.playbook.currency) if amount > 0 else None,
        }
    )
    number = None if one.number is None else ItemNumber(one.number)
    return Cause(since_s, fact, words, number, one.complaint_id, amount=amount)
