"""Asks whether a question was answered."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
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


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return every question in time, newest first; where the action names items, only those about one of them."""
    from_s, until_s = window_of(action, situation.now_s)
    selected = situation.repertoire.items[action.id]
    return [
        _question(situation, one)
        for one in reversed(situation.dealings.questions)
        if from_s <= one.at_s <= until_s and selected.takes(one.number)
    ]


def propose(action: Action, questions: Sequence[Cause], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose a word on every question that was not followed up."""
    following = (
        one for one in questions if not was_said(situation, action, one.item, one.since_s, one.subject)
    )
    return islice(following, MOST_ASKED)


def _question(situation: CustomerSituation, asked: Asked) -> Cause:
    words = late_words(
        lambda: {
            "item": situation.repertoire.name(asked.number),
            "order": asked.order_id,
            "topic": asked.topic,
            "date": situation.date_of(asked.at_s),
        }
    )
    return Cause(
        since_s=asked.at_s,
        fact=f"asked a question {ago(asked.at_s, situation.now_s)}",
        words=words,
        item=None if asked.number is None else ItemNumber(asked.number),
        subject=asked.event_id,
    )
