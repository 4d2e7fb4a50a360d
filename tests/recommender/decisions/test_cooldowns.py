"""How long an action rests about what was spoken of."""

from recommender.actions import Moment
from recommender.customers.dealings import Contact, Dealings
from recommender.decisions.cooldowns import Cooldowns, lengths_of
from recommender.playbook.model import Cooldown
from tests.recommender.actions.little_shop import DAY, NOW_S, UTC_ZONE, number

RING, CHAIN = number("RING"), number("CHAIN")


def said_of(item: int | None, subject: str) -> Cooldowns:
    sent = Contact("email", "thanks", item, "sent", NOW_S - 4 * DAY, None, None, None, subject=subject)
    lengths = {"thanks": lengths_of(Cooldown(sent_s=30 * DAY))}
    return Cooldowns(Dealings(contacts=(sent,)), Moment(NOW_S, UTC_ZONE), lengths)


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
