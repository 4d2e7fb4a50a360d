"""The customer stayed away for longer than their own rhythm explains."""

from collections.abc import Sequence
from typing import Final

from recommender.actions.contacting import was_said
from recommender.actions.late_mapping import late_words
from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.playbook.model import Action
from recommender.types import SECONDS_PER_DAY

LEAST_DAYS: Final = 2
"""Order days without which there is no gap."""


def may_apply(situation: CustomerSituation, _: int) -> bool:
    """Whether there are orders enough for a gap, none of the last day, and no visit that is booked."""
    state, now_s = situation.state, situation.now_s
    if state.orders < LEAST_DAYS or now_s - state.last_s <= SECONDS_PER_DAY:
        return False
    return not is_expected(situation)


def is_expected(situation: CustomerSituation) -> bool:
    """Whether a visit is booked."""
    now_s = situation.now_s
    return any(one.is_expected and one.starts_s >= now_s for one in situation.dealings.bookings)


def find(action: Action, situation: CustomerSituation) -> list[Cause]:
    """Return the lapse of who has been away for more than ``lapse`` times the days within which they usually come.

    Away is who neither ordered nor came for a service. Orders of one day count as one; below ``least_orders`` of such days nobody has a rhythm. The lapse is the triggering
    fact: expiry and ``within`` count from it.
    """
    state, timing = situation.state, action.timing
    if state.orders < timing.least_orders:
        return []
    rhythm = situation.rhythm
    if rhythm.days < max(timing.least_orders, LEAST_DAYS):
        return []
    usual_s = rhythm.usual_days * SECONDS_PER_DAY
    since_s = _here_s(situation) + round(timing.lapse * usual_s)
    away_for_s = situation.now_s - since_s
    if away_for_s <= timing.after_s or away_for_s > timing.within_s > 0:
        return []
    return [_cause(situation, since_s, max(1, round(usual_s / SECONDS_PER_DAY)))]


def propose(action: Action, lapse: Sequence[Cause], situation: CustomerSituation) -> Sequence[Cause]:
    """Propose one word; an action without a cooldown is said once per absence."""
    if _is_said_once(action) and was_said(situation, action, None, _here_s(situation)):
        return []
    return lapse


def _here_s(situation: CustomerSituation) -> int:
    """Return when the customer last ordered or came for a service."""
    now_s = situation.now_s
    visits = (one.at_s for one in situation.dealings.visits if one.at_s <= now_s)
    return max(situation.state.last_s, max(visits, default=0))


def _is_said_once(action: Action) -> bool:
    return action.cooldown.sent_s == 0 and action.cooldown.ignored_s == 0


def _cause(situation: CustomerSituation, since_s: int, usual_days: int) -> Cause:
    days = (situation.now_s - situation.state.last_s) // SECONDS_PER_DAY
    usual = "a day" if usual_days == 1 else f"{usual_days} days"
    words = late_words(
        lambda: {
            "date": situation.date_of(situation.state.last_s),
            "days": str(days),
            "usual_days": str(usual_days),
        }
    )
    return Cause(since_s, f"last order {days} days ago, usually within {usual}", words)
