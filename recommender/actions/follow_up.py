"""Asks whether a question was answered."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.late_words import LateWords
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago
from recommender.actions.timings import window_of
from recommender.customers.dealings import Asked
from recommender.playbook.model import Action
from recommender.types import ItemNumber

MOST_ASKED: Final = 4
"""Questions that one decision follows up, newest first."""


def may_apply(situation: CustomerSituation, reach_s: int) -> bool:
    """Whether anything was asked lately."""
    questions = situation.dealings.questions
    return bool(questions) and situation.now_s - questions[-1].at_s <= reach_s


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose a word on every question in time; where the action names items, only on questions about one of them."""
    from_s, until_s = window_of(action, situation.now_s)
    selected = situation.repertoire.items[action.id]
    following = (
        _follow_up(action, situation, one)
        for one in reversed(situation.dealings.questions)
        if from_s <= one.at_s <= until_s
        and (selected.takes(one.number))
        and not was_said(situation, action, one.number, one.at_s, one.event_id)
    )
    yield from islice(following, MOST_ASKED)


def _follow_up(action: Action, situation: CustomerSituation, asked: Asked) -> Proposal:
    return Proposal(
        action=action,
        source=action.kind,
        fact=f"asked a question {ago(asked.at_s, situation.now_s)}",
        since_s=asked.at_s,
        item=None if asked.number is None else ItemNumber(asked.number),
        words=LateWords(
            lambda: {
                "item": situation.repertoire.name(asked.number),
                "order": asked.order_id,
                "topic": asked.topic,
                "date": situation.date_of(asked.at_s),
            }
        ),
        subject=asked.event_id,
    )
