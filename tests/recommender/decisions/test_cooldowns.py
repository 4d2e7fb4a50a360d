"""How long an action rests about what was spoken of."""

from recommender.actions import Moment
from recommender.customers.dealings import Contact, Dealings, Outcome
from recommender.decisions.cooldowns import Cooldowns, rests_of
from recommender.playbook.model import Cooldown
from tests.recommender.actions.little_shop import DAY, NOW_S, UTC_ZONE, number

RING, CHAIN = number("RING"), number("CHAIN")


def said_of(item: int | None, subject: str) -> Cooldowns:
    sent = Contact("email", "thanks", item, "sent", NOW_S - 4 * DAY, None, None, None, subject=subject)
    known = rests_of({"thanks": Cooldown(sent_s=30 * DAY)})
    return Cooldowns(Dealings(contacts=(sent,)), Moment(NOW_S, UTC_ZONE), known)


def test_what_was_said_of_an_order_rests_whichever_of_its_goods_is_left() -> None:
    cooldowns = said_of(RING, "order 1")
    for item in (RING, CHAIN, None):
        assert cooldowns.resting("thanks", item, "order 1") == (NOW_S + 26 * DAY, "said 4 days ago")
        assert cooldowns.resting("thanks", item, "order 2") is None
        assert cooldowns.resting("thanks", item) is None


def test_what_was_said_of_no_order_rests_about_its_item_and_of_no_item_about_all() -> None:
    about_the_ring, about_nothing = said_of(RING, ""), said_of(None, "")
    assert about_the_ring.resting("thanks", RING, "order 1") is not None
    assert about_the_ring.resting("thanks", CHAIN, "order 1") is None
    assert about_nothing.resting("thanks", CHAIN, "order 1") is not None


def test_only_what_lies_further_back_than_the_longest_rest_is_not_looked_at() -> None:
    known = rests_of({"tea": Cooldown(dismissed_s=10 * DAY), "thanks": Cooldown(ignored_s=40 * DAY)})
    outcomes = (
        Outcome("thanks", RING, "ignored", NOW_S - 40 * DAY),
        Outcome("thanks", CHAIN, "ignored", NOW_S - 40 * DAY + 1),
        Outcome("tea", RING, "dismissed", NOW_S - 9 * DAY),
        Outcome("tea", CHAIN, "dismissed", NOW_S + DAY),
    )
    cooldowns = Cooldowns(Dealings(outcomes=outcomes), Moment(NOW_S, UTC_ZONE), known)
    assert cooldowns.numbers("thanks") == {CHAIN}
    assert cooldowns.numbers("tea") == {RING}
