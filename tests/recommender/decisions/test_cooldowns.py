"""How long an action rests about what was spoken of."""

import pytest

from recommender.actions import Moment
from recommender.customers.dealings import Contact, Dealings, Outcome
from recommender.decisions.cooldowns import Cooldowns, rests_of
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cooldown
from tests.recommender.actions.little_shop import DAY, NOW_S, UTC_ZONE, number

RING, CHAIN = number("RING"), number("CHAIN")


def said_of(item: int | None, subject: str, kind: ActionKind = ActionKind.SERVICE_REMINDER) -> Cooldowns:
    sent = Contact("email", "care", item, "sent", NOW_S - 4 * DAY, None, None, None, subject=subject)
    known = rests_of([Action("care", kind, cooldown=Cooldown(sent_s=30 * DAY))])
    return Cooldowns(Dealings(contacts=(sent,)), Moment(NOW_S, UTC_ZONE), known)


def test_what_was_said_of_one_unit_leaves_the_others_to_be_spoken_of() -> None:
    cooldowns = said_of(RING, "unit 1")
    for item in (RING, CHAIN, None):
        assert cooldowns.resting("care", item, "unit 1") == (NOW_S + 26 * DAY, "said 4 days ago")
        assert cooldowns.resting("care", item, "unit 2") is None
        assert cooldowns.resting("care", item) is None
    assert "care" not in cooldowns.silent


def test_what_was_said_of_no_unit_rests_about_its_item_and_of_no_item_about_all() -> None:
    about_the_ring, about_nothing = said_of(RING, ""), said_of(None, "")
    assert about_the_ring.resting("care", RING, "unit 1") is not None
    assert about_the_ring.resting("care", CHAIN, "unit 1") is None
    assert about_nothing.resting("care", CHAIN, "unit 1") is not None


@pytest.mark.parametrize(
    "kind", [ActionKind.THANK_YOU, ActionKind.APOLOGY, ActionKind.FOLLOW_UP, ActionKind.OCCASION]
)
def test_what_speaks_of_each_order_complaint_question_or_day_once_rests_about_all_others(
    kind: ActionKind,
) -> None:
    for item, subject in ((RING, "order 1"), (RING, ""), (None, "order 1")):
        cooldowns = said_of(item, subject, kind)
        assert "care" in cooldowns.silent
        assert cooldowns.resting("care", CHAIN, "order 2") == (NOW_S + 26 * DAY, "said 4 days ago")
        assert cooldowns.resting("care", None) is not None


def test_only_what_lies_further_back_than_the_longest_rest_is_not_looked_at() -> None:
    offer = ActionKind.PRODUCT_OFFER
    known = rests_of(
        [
            Action("tea", offer, cooldown=Cooldown(dismissed_s=10 * DAY)),
            Action("thanks", offer, cooldown=Cooldown(ignored_s=40 * DAY)),
        ]
    )
    outcomes = (
        Outcome("thanks", RING, "ignored", NOW_S - 40 * DAY),
        Outcome("thanks", CHAIN, "ignored", NOW_S - 40 * DAY + 1),
        Outcome("tea", RING, "dismissed", NOW_S - 9 * DAY),
        Outcome("tea", CHAIN, "dismissed", NOW_S + DAY),
    )
    cooldowns = Cooldowns(Dealings(outcomes=outcomes), Moment(NOW_S, UTC_ZONE), known)
    assert cooldowns.numbers("thanks") == {CHAIN}
    assert cooldowns.numbers("tea") == {RING}
