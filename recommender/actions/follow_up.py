"""Asks whether a question was answered."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

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


class _Question(NamedTuple):
    """A word on a question, and the subjects under which it may have been said before."""

    word: Cause
    subjects: tuple[str, ...]


def find(action: Action, situation: CustomerSituation) -> list[_Question]:
    """Return every question in time, newest first; where the action names items, only those about one of them."""
    from_s, until_s = window_of(action, situation.now_s)
    selected = situation.repertoire.items[action.id]
    return [
        _question(situation, one)
        for one in reversed(situation.dealings.questions)
        if from_s <= one.at_s <= until_s and selected.takes(one.number)
    ]


def propose(action: Action, questions: Sequence[_Question], situation: CustomerSituation) -> Iterator[Cause]:
    """Propose a word on every question that was not followed up."""
    following = (
        one.word
        for one in questions
        if not any(
            was_said(situation, action, one.word.item, one.word.since_s, name) for name in one.subjects
        )
    )
    return islice(following, MOST_ASKED)


def _question(situation: CustomerSituation, asked: Asked) -> _Question:
    # Two sources may use one id; the dealings know no sources, so that the time tells such questions apart.
    dated = f"{asked.event_id} of {asked.at_s}"
    alike = [one for one in situation.dealings.questions if one.event_id == asked.event_id]
    words = late_words(
        lambda: {
            "item": situation.repertoire.name(asked.number),
            "order": asked.order_id,
            "topic": asked.topic,
            "date": situation.date_of(asked.at_s),
        }
    )
    word = Cause(
        since_s=asked.at_s,
        fact=f"asked a question {ago(asked.at_s, situation.now_s)}",
        words=words,
        item=None if asked.number is None else ItemNumber(asked.number),
        subject=dated if len(alike) > 1 else asked.event_id,
    )
    return _Question(word, (asked.event_id, dated))
