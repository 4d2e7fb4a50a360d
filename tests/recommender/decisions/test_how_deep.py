"""How many products are ranked: what cannot be said takes no place, and a slate with room left looks further down."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from recommender.catalog import CatalogItem
from recommender.customers.dealings import Asked, Outcome
from recommender.decisions import DecisionRequest
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.remembering import RankingMemory
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cooldown, ItemSelector
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


@pytest.mark.parametrize("rests", [199, 200])
def test_a_slate_looks_beyond_a_last_product_that_rests(rests: int) -> None:
    names = [*(f"a{n:03}" for n in range(250)), *(f"b{n}" for n in range(3))]
    shop = shop_of(*(CatalogItem(item_id=one, category=(one[0],)) for one in names))
    brand = brand_of(shop, replace(OFFER, cooldown=Cooldown(dismissed_s=30 * DAY)))
    waved = (Outcome("offer", shop.number(f"a{rests}"), "dismissed", NOW_S - DAY),)
    decision = brand.decide(met(shop.customer(), outcomes=waved), DecisionRequest(k=7))
    assert "".join(shop.item_id(one.item)[0] for one in decision.actions) == "aaaabbb"


def test_another_action_that_makes_nothing_of_its_products_leaves_no_gap() -> None:
    names = [*(f"a{n:03}" for n in range(250)), *(f"b{n}" for n in range(2)), "card"]
    shop = shop_of(*(CatalogItem(item_id=one, category=(one[0],)) for one in names))
    card = replace(OFFER, id="card", value=0.01, costs={"web": 0.5}, items=ItemSelector(frozenset({"card"})))
    decision = brand_of(shop, OFFER, card).decide(shop.customer(), DecisionRequest(k=6, channel="web"))
    assert "".join(shop.item_id(one.item)[0] for one in decision.actions) == "aaaabb"


def test_what_a_deeper_look_finds_is_said_although_the_slate_grows_no_longer() -> None:
    shop = shop_of(
        *(
            CatalogItem(item_id=f"a{n:03}", price=Decimal(1 if n < 200 else 1_000), category=("A",))
            for n in range(209)
        )
    )
    brand = brand_of(shop, replace(OFFER, value=1.0, value_from_price=1.0), most_per_category=2)
    memory = Circumstances(rankings=RankingMemory())
    for circumstances in (Circumstances(), memory, memory):
        said = brand.decide(shop.customer(), DecisionRequest(k=5), circumstances=circumstances).actions
        assert [shop.item_id(one.item) for one in said] == ["a200", "a201"]


REFILLS = [f"i{n:03}" for n in range(210)]


def test_a_refill_that_an_action_names_is_found_whatever_other_actions_are_about() -> None:
    shop = shop_of(*REFILLS, consumable=REFILLS)
    she = shop.customer(
        *(
            Bought(one, days_ago=20.0 + n, orders=2, first_days_ago=40.0 + 2 * n)
            for n, one in enumerate(REFILLS)
        )
    )
    named = replace(AGAIN, id="named", items=ItemSelector(frozenset({"i205"})))
    mail = replace(AGAIN, id="mail", channels=frozenset({"email"}))
    for others in ((), (mail,), (replace(AGAIN, value=1e-6),)):
        for memory in (None, RankingMemory()):
            request = DecisionRequest(k=1, channel="web")
            circumstances = Circumstances(rankings=memory)
            brand = brand_of(shop, named, *others)
            decision = brand.decide(she, request, circumstances=circumstances)
            assert [(one.action_id, shop.item_id(one.item)) for one in decision.actions] == [
                ("named", "i205")
            ]


def test_offers_that_are_not_said_here_take_no_place_of_refills() -> None:
    shop = shop_of(*REFILLS[:6], consumable=REFILLS[:6])
    she = shop.customer(*(Bought(one, days_ago=30.0, orders=3) for one in REFILLS[:6]))
    offers = [
        replace(OFFER, id=f"o{n}", items=ItemSelector(frozenset({f"x{n}"})), channels=frozenset({"email"}))
        for n in range(40)
    ]
    dear = replace(AGAIN, id="dear", value=1e6, items=ItemSelector(frozenset({"i005"})))
    said = brand_of(shop, *offers, AGAIN, dear).said(she, DecisionRequest(k=5, channel="web"))
    assert said[0] == "dear i005"


def test_how_deep_to_look_is_not_drawn() -> None:
    shop = shop_of(
        *(CatalogItem(item_id=f"a{n:03}", price=Decimal(3 if n == 0 or n >= 200 else 9)) for n in range(209))
    )
    ask = Action("ask", ActionKind.FOLLOW_UP, value=1.0, prior=0.01, costs={"web": 0.5})
    cheap = replace(OFFER, suitability=when("item.price < 5", about_item=True))
    brand = brand_of(shop, cheap, ask, epsilon=0.5)
    she = met(shop.customer(), questions=(Asked("q1", NOW_S - 3_600, None, None, None),))
    first: Counter[str] = Counter()
    for n in range(1_500):
        decision = brand.decide(she, DecisionRequest(k=2, channel="web"), decision_id=f"d{n}")
        assert decision.trace is not None
        assert decision.trace.n_passed == 11
        one = decision.actions[0]
        first[one.action_id if one.item is None else shop.item_id(one.item)] += 1
    assert set(first) == {"ask", "a000", *(f"a{n}" for n in range(200, 209))}
    assert first["a000"] / 1_500 == pytest.approx(0.5 + 0.5 / 11, abs=0.05)
    assert first["ask"] / 1_500 == pytest.approx(0.5 / 11, abs=0.025)


def test_what_staff_boosted_is_looked_for_further_down_although_it_would_be_worth_nothing_without() -> None:
    names = [*(f"a{n:03}" for n in range(250)), *(f"b{n}" for n in range(2))]
    shop = shop_of(*(CatalogItem(item_id=one, category=(one[0],)) for one in names))
    dear = replace(OFFER, value=1.0, costs={"web": 1.5})
    boosted = met(shop.customer(), overrides=(override("boost", "offer", amount=1e6),))
    decision = brand_of(shop, dear).decide(boosted, DecisionRequest(k=6, channel="web"))
    assert "".join(shop.item_id(one.item)[0] for one in decision.actions) == "aaaabb"
