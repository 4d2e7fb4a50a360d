"""A remembered ranking gives the decision that ranking anew gives, as of the time at which it was ranked."""

from dataclasses import replace

from recommender.customers.dealings import Contact
from recommender.decisions import Decision, DecisionRequest
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.remembering import RankingMemory
from recommender.decisions.score_memory import WEEK_S
from recommender.playbook.model import ItemSelector
from tests.recommender.decisions.brand import AGAIN, DAY, OFFER, THANKS, Brand, brand_of, met, when
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

SHOP = shop_of(*[f"i{rank}" for rank in range(10)])
STATE = SHOP.customer(Bought("i9", days_ago=30), Bought("i9", days_ago=3))
REQUEST = DecisionRequest(k=3, channel="web")
PRICED = replace(OFFER, id="dear", items=ItemSelector(frozenset({"i3", "i7"})), value=30.0)
MONDAYS = replace(THANKS, id="monday", context=((when("today.weekday == 1"), 4.0),))


def remembering(memory: RankingMemory) -> Circumstances:
    return Circumstances(rankings=memory)


def decided(brand: Brand, now_s: int, memory: RankingMemory | None = None, state: object = STATE) -> Decision:
    given = None if memory is None else remembering(memory)
    return brand.decide(state, REQUEST, now_s=now_s, circumstances=given)  # type: ignore[arg-type]


def test_at_the_moment_of_ranking_nothing_differs() -> None:
    for extra in ({}, {"epsilon": 0.5}):
        brand = brand_of(SHOP, OFFER, AGAIN, PRICED, MONDAYS, **extra)
        memory = RankingMemory()
        first = decided(brand, NOW_S, memory)
        assert first == decided(brand, NOW_S) == decided(brand, NOW_S, memory)
        assert memory.ranked_anew == 1


def test_everything_but_the_ranking_is_decided_now() -> None:
    book = brand_of(SHOP, replace(OFFER, context=((when("today.day == 14"), 0.0),)), AGAIN, MONDAYS)
    memory = RankingMemory()
    decided(book, NOW_S, memory)
    for day in range(1, 7):
        then, anew = decided(book, NOW_S + day * DAY, memory), decided(book, NOW_S + day * DAY)
        assert [(one.action_id, one.item) for one in then.actions] == [
            (one.action_id, one.item) for one in anew.actions
        ]
        assert then.decided_at_us == anew.decided_at_us
    assert memory.ranked_anew == 1


def test_a_week_later_products_are_ranked_anew() -> None:
    brand, memory = brand_of(SHOP, OFFER, AGAIN), RankingMemory()
    decided(brand, NOW_S, memory)
    assert decided(brand, NOW_S + WEEK_S, memory) == decided(brand, NOW_S + WEEK_S)
    assert memory.ranked_anew == 2


def test_a_purchase_is_ranked_anew_and_a_contact_is_not() -> None:
    brand, memory = brand_of(SHOP, OFFER, AGAIN), RankingMemory()
    decided(brand, NOW_S, memory)
    sent = Contact("email", "offer", None, "sent", NOW_S - 5, None, "d", None)
    told = met(STATE, contacts=(sent,))
    assert decided(brand, NOW_S, memory, told) == decided(brand, NOW_S, None, told)
    assert memory.ranked_anew == 1
    other = SHOP.customer(Bought("i9", days_ago=30), Bought("i4", days_ago=1))
    assert decided(brand, NOW_S, memory, other) == decided(brand, NOW_S, None, other)
    assert memory.ranked_anew == 2


def test_another_playbook_asks_anew() -> None:
    memory = RankingMemory()
    first, second = brand_of(SHOP, OFFER, AGAIN), brand_of(SHOP, PRICED)
    decided(first, NOW_S, memory)
    assert decided(second, NOW_S, memory) == decided(second, NOW_S)
    assert memory.ranked_anew == 2


def test_what_was_ranked_for_all_actions_serves_some_of_them_and_what_serves_some_is_widened() -> None:
    night = replace(OFFER, id="night", applicability=when("hour >= 22"))
    dear_at_noon = replace(PRICED, trigger=when("hour == 12"))
    for extra in ({}, {"epsilon": 0.5}):
        brand = brand_of(SHOP, night, AGAIN, dear_at_noon, **extra)
        for hours in ((0, 1, 10, 11), (1, 10, 24, 25)):
            memory, midnight_s = RankingMemory(), NOW_S // DAY * DAY
            for hour in hours:
                now_s = midnight_s + (12 + hour) * 3_600
                then, anew = decided(brand, now_s, memory), decided(brand, now_s)
                assert [(one.action_id, one.item) for one in then.actions] == [
                    (one.action_id, one.item) for one in anew.actions
                ]
                assert then.gated == anew.gated
                assert then.action_probability == anew.action_probability
            assert memory.ranked_anew == (2 if hours[0] == 0 else 3)


def test_gates_that_kept_out_every_offer_are_counted_only_where_offers_are_asked_for() -> None:
    everything = SHOP.customer(*[Bought(f"i{rank}", days_ago=30) for rank in range(10)])
    brand = brand_of(SHOP, replace(OFFER, trigger=when("hour == 12")), AGAIN)
    memory, noon_s = RankingMemory(), NOW_S // DAY * DAY + 12 * 3_600
    assert decided(brand, noon_s, memory, everything).gated["owned"] >= 10
    then = decided(brand, noon_s + 3_600, memory, everything)
    assert then.gated == decided(brand, noon_s + 3_600, None, everything).gated
    assert memory.ranked_anew == 1
