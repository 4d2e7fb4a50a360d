"""Was the question answered?"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.proposal import Proposal
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago, given, is_time, local_date
from recommender.customers.dealings import Asked
from recommender.playbook.model import Action
from recommender.types import SECONDS_PER_DAY, ItemNumber

USUAL_WITHIN_S: Final = 14 * SECONDS_PER_DAY
MOST_ASKED: Final = 4
"""Questions that one decision follows up, newest first."""


def may_apply(situation: CustomerSituation) -> bool:
    """Whether anything was asked."""
    return bool(situation.dealings.questions)


def propose(action: Action, situation: CustomerSituation) -> Iterator[Proposal]:
    """Propose a word on every question in time; where the action names items, only on questions about one of them."""
    selected = situation.repertoire.items[action.id]
    following = (
        _follow_up(action, situation, one)
        for one in reversed(situation.dealings.questions)
        if is_time(action, one.at_s, situation.now_s, USUAL_WITHIN_S)
        and (selected.takes(one.number))
        and not was_said(situation, action, one.number, one.at_s)
    )
    yield from islice(following, MOST_ASKED)


def _follow_up(action: Action, situation: CustomerSituation, asked: Asked) -> Proposal:
    return Proposal(
        action=action,
        source=action.kind,
        fact=f"asked a question {ago(asked.at_s, situation.now_s)}",
        since_s=asked.at_s,
        item=None if asked.number is None else ItemNumber(asked.number),
        words=given(
            item=situation.repertoire.name(asked.number),
            order=asked.order_id,
            topic=asked.topic,
            date=local_date(asked.at_s, situation.moment.zone),
        ),
        subject=asked.event_id,
    )
