"""Budgets of goodwill for all customers together: found out after a first pass, because customers are simulated apart."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from recommender.playbook.model import Playbook
from training.simulate.answers import Grant
from training.simulate.plan import Closing

_MILLION: Final = 1_000_000


def first_overdraft(
    playbook: Playbook, side: int, grants: Iterable[Grant], closed: Sequence[Closing]
) -> Closing | None:
    """Return the first moment at which a budget has no room for what a customer would be offered; None: there is none.

    Parameters
    ----------
    side
        Which of the two playbooks.
    grants
        Everything that was offered, in any order.
    closed
        What was found before, and is kept already.
    """
    by_action: dict[str, list[Grant]] = {}
    for grant in grants:
        by_action.setdefault(grant.action, []).append(grant)
    found = [
        closing
        for action in playbook.actions
        if action.goodwill is not None and action.id in by_action
        if (closing := _overdraft(by_action[action.id], side, action.goodwill.total, action.goodwill.per_s))
        is not None
    ]
    new = [one for one in found if one not in closed]
    return min(new, key=lambda one: (one.from_s, one.from_customer, one.action), default=None)


def _overdraft(grants: list[Grant], side: int, total: float, per_s: int) -> Closing | None:
    """Return when a budget is first exceeded, until as much has left its window as the refused offer asks for."""
    grants.sort(key=lambda one: (one.at_s, one.customer_id))
    limit, spent = round(total * _MILLION), 0
    inside: deque[tuple[int, int]] = deque()
    for one in grants:
        asked = round(one.amount * _MILLION)
        while inside and per_s > 0 and inside[0][0] <= one.at_s - per_s:
            spent -= inside.popleft()[1]
        if spent + asked > limit:
            until_s = _room_at(inside, spent + asked - limit, per_s)
            return Closing(side, one.action, one.at_s, one.customer_id, until_s)
        if one.is_given:
            spent += asked
            inside.append((one.at_s, asked))
    return None


def _room_at(inside: Iterable[tuple[int, int]], lacking: int, per_s: int) -> int | None:
    if per_s <= 0:
        return None
    for at_s, amount in inside:
        lacking -= amount
        if lacking <= 0:
            return at_s + per_s
    return None
