"""When a kind speaks up: what the playbook says, else what is usual for the kind."""

from collections.abc import Iterable, Mapping
from typing import Final

from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action
from recommender.types import SECONDS_PER_DAY

_DAY: Final = SECONDS_PER_DAY

USUAL_WITHIN_S: Final[Mapping[ActionKind, int]] = {
    ActionKind.THANK_YOU: 14 * _DAY,
    ActionKind.REVIEW_REQUEST: 60 * _DAY,
    ActionKind.SURVEY: 30 * _DAY,
    ActionKind.APOLOGY: 14 * _DAY,
    ActionKind.FOLLOW_UP: 14 * _DAY,
    ActionKind.EASY_RETURN: 30 * _DAY,
}
"""So long after ``after`` where the playbook leaves ``within`` out; kinds that are absent have no end."""

USUAL_LEAD_S: Final[Mapping[ActionKind, int]] = {
    ActionKind.APPOINTMENT: 2 * _DAY,
    ActionKind.OCCASION: 14 * _DAY,
}
"""So long before the date where the playbook leaves ``lead`` out."""


def window_of(action: Action, now_s: int) -> tuple[int, int]:
    """Return the first and the last moment, both inclusive, of facts that an action may follow now.

    Examples
    --------
    >>> from recommender.playbook.model import Timing
    >>> window_of(Action("thanks", ActionKind.THANK_YOU, timing=Timing(after_s=60, within_s=90)), now_s=1_000)
    (910, 940)
    """
    return now_s - latest_s(action), now_s - action.timing.after_s


def latest_s(action: Action) -> int:
    """Return how long after its fact an action of a kind that follows one may come at the latest."""
    timing = action.timing
    return timing.within_s if timing.within_s > 0 else timing.after_s + USUAL_WITHIN_S[action.kind]


def lead_s(action: Action) -> int:
    """Return how long before its date an action may come; 0 where it waits for the day itself.

    Examples
    --------
    >>> from recommender.playbook.model import Timing
    >>> lead_s(Action("it", ActionKind.OCCASION)), lead_s(Action("it", ActionKind.OCCASION, timing=Timing(lead_s=0)))
    (1209600, 0)
    """
    lead = action.timing.lead_s
    return USUAL_LEAD_S[action.kind] if lead is None else lead


def reach_s(actions: Iterable[Action]) -> int:
    """Return how far from now the facts or dates lie at most that any of the actions is about; 0 where none has a bound."""
    return max(map(_reach_s, actions), default=0)


def _reach_s(action: Action) -> int:
    if action.kind in USUAL_LEAD_S:
        return lead_s(action)
    if action.kind in USUAL_WITHIN_S:
        return latest_s(action) + (action.timing.undelivered_after_s or 0)
    return 0
