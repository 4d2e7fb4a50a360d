"""How many products are ranked: what cannot be said takes no place, and a slate with room left looks further down."""

from dataclasses import replace
from decimal import Decimal

import pytest

from recommender.catalog import CatalogItem
from recommender.customers.dealings import Outcome
from recommender.decisions import DecisionRequest
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.remembering import RankingMemory
from recommender.playbook.model import Cooldown, ItemSelector
from tests.recommender.decisions.brand import AGAIN, DAY, OFFER, Brand, brand_of, met, override, when
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

EIGHTHS = shop_of(*(CatalogItem(item_id=f"n{n:03}", category=(f"C{n % 8}",)) for n in range(800)))


def eighths(*, is_first_alone: bool = True) -> Brand:
    """Return a brand with eight actions, each about a category; on the page only the first is said."""
    return brand_of(
        EIGHTHS,
        *(
            replace(
                OFFER,
                id=f"c{n}",
                items=ItemSelector(categories=((f"C{n}",),)),
                channels=frozenset({"email"}) if n and is_first_alone else frozenset(),
                cooldown=Cooldown(sent_s=365 * DAY),
            )
            for n in range(8)
        ),
    )


@pytest.mark.parametrize("count", [10, 24, 25, 26, 80, 99])
def test_an_action_that_rests_about_its_likeliest_products_speaks_of_the_next(count: int) -> None:
    seen = tuple(Outcome("c0", EIGHTHS.number(f"n{8 * n:03}"), "seen", NOW_S - DAY) for n in range(count))
    she = EIGHTHS.customer()
    state = met(she, outcomes=seen)
    brand = eighths()
    assert brand.said(state, DecisionRequest(k=1)) == [f"c0 n{8 * count:03}"]
    memory = Circumstances(rankings=RankingMemory())
    for told in (she, state):  # the first ranking holds too few for the second
        decision = brand.decide(told, DecisionRequest(k=1), circumstances=memory)
    assert [EIGHTHS.item_id(one.item) for one in decision.actions] == [f"n{8 * count:03}"]


def test_what_staff_suppressed_takes_no_place() -> None:
    words = tuple(
        override("suppress", "c0", EIGHTHS.number(f"n{8 * n:03}"), event_id=f"e{n}") for n in range(40)
    )
    state = met(EIGHTHS.customer(), overrides=words)
    assert eighths().said(state, DecisionRequest(k=2)) == ["c0 n320", "c0 n328"]


def test_a_slate_looks_beyond_a_category_that_is_full() -> None:
    shop = shop_of(
        *(CatalogItem(item_id=f"a{n:03}", category=("A",)) for n in range(300)),
        *(CatalogItem(item_id=f"b{n}", category=("B",)) for n in range(4)),
    )
    said = brand_of(shop, OFFER, most_per_category=2).said(shop.customer(), DecisionRequest(k=5))
    assert said == ["offer a000", "offer a001", "offer b0", "offer b1"]


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_slate_looks_beyond_refills_of_a_category_that_is_full(is_alone: bool) -> None:
    names = [*(f"a{n:03}" for n in range(300)), *(f"b{n}" for n in range(4))]
    shop = shop_of(*(CatalogItem(item_id=one, category=(one[0],)) for one in names), consumable=names)
    weekly = [Bought(one, days_ago=20.0, orders=9, first_days_ago=180.0) for one in names[:300]]
    she = shop.customer(*weekly, *(Bought(one, days_ago=20.0) for one in names[300:]))
    single = replace(AGAIN, suitability=when("item.available", about_item=True))
    brand = brand_of(shop, AGAIN if is_alone else single, most_per_category=2)
    decision = brand.decide(she, DecisionRequest(k=5))
    assert [shop.item_id(one.item)[0] for one in decision.actions] == ["a", "a", "b", "b"]


@pytest.mark.parametrize("dear", [50, 400, 1_500])
def test_a_slate_looks_beyond_products_of_which_a_condition_does_not_hold(dear: int) -> None:
    shop = shop_of(
        *(CatalogItem(item_id=f"a{n:04}", price=Decimal(9 if n < dear else 3)) for n in range(2_000))
    )
    brand = brand_of(shop, replace(OFFER, suitability=when("item.price < 5", about_item=True)))
    decision = brand.decide(shop.customer(), DecisionRequest(k=2))
    assert [shop.item_id(one.item) for one in decision.actions] == [f"a{dear:04}", f"a{dear + 1:04}"]


def test_where_nothing_more_is_worth_anything_no_more_is_ranked() -> None:
    shop = shop_of(*(f"a{n:03}" for n in range(600)))
    decision = brand_of(shop, replace(OFFER, costs={"web": 19.0})).decide(
        shop.customer(), DecisionRequest(k=100, channel="web")
    )
    assert decision.trace is not None
    assert 0 < len(decision.actions) < 100
    assert decision.trace.ranked.offers == 200
