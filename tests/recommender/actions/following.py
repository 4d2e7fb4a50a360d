"""An action of every kind that follows a fact, and a watch with a serial that is bought and comes back."""

from dataclasses import replace

from recommender.events.vocabulary import OrderLine, Purchase, Return, ReturnLine
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Goodwill, Timing
from tests.recommender.actions.little_shop import (
    DAY,
    action_of,
    days_ago,
)

THANKS = action_of(ActionKind.THANK_YOU, timing=Timing(after_s=DAY, within_s=10 * DAY))
ASK_REVIEW = action_of(ActionKind.REVIEW_REQUEST, timing=Timing(after_s=3 * DAY, within_s=30 * DAY))
PATIENT_REVIEW = replace(ASK_REVIEW, timing=replace(ASK_REVIEW.timing, undelivered_after_s=7 * DAY))
SURVEY = action_of(ActionKind.SURVEY, timing=Timing(after_s=DAY, within_s=30 * DAY), survey_id="how")
SORRY = action_of(
    ActionKind.APOLOGY,
    timing=Timing(within_s=14 * DAY),
    goodwill=Goodwill(amount=20.0, per_customer=30.0, total=1_000.0, per_s=365 * DAY),
)

ANSWERED = action_of(ActionKind.FOLLOW_UP, timing=Timing(after_s=2 * DAY, within_s=9 * DAY))
BACK = action_of(ActionKind.EASY_RETURN, timing=Timing(within_s=30 * DAY))
KINDS = (THANKS, ASK_REVIEW, SURVEY, SORRY, ANSWERED, BACK)


def watch(ago: float, order: str, serial: str) -> Purchase:
    line = OrderLine(item_id="WATCH", line_id="1", serial=serial)
    return Purchase(source="shop", event_id=order, occurred_at=days_ago(ago), order_id=order, lines=(line,))


def back(serial: str) -> Return:
    line = ReturnLine(item_id="WATCH", serial=serial)
    return Return(source="shop", event_id="back", occurred_at=days_ago(5), lines=(line,))
