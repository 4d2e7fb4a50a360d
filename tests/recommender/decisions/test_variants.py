"""Of the variants of one thing a slate under a playbook offers one: who buys it owns them all."""

from dataclasses import replace

import pytest

from recommender.candidates.codes import Fate
from recommender.catalog import CatalogItem
from recommender.decisions import Decision, DecisionRequest
from recommender.decisions.prepared import prepared
from recommender.decisions.why_not import About, why_not
from tests.recommender.decisions.brand import AGAIN, OFFER, Brand, brand_of, when
from tests.recommender.decisions.tiny_shop import Bought, Shop, shop_of


def variants(*names: str, size: int = 4) -> list[CatalogItem]:
    """Return things in several sizes; of two things all sizes of the first are the more popular ones."""
    return [
        CatalogItem(item_id=f"{name}-{one}", item_group_id=name, attributes={"size": str(one)})
        for name in names
        for one in range(size)
    ]


def offered(shop: Shop, decision: Decision) -> list[str]:
    return [shop.item_id(one.item) for one in decision.actions]


@pytest.mark.parametrize("epsilon", [0.0, 1e-12])
@pytest.mark.parametrize("asks", [None, "item.available"])
def test_under_a_playbook_a_slate_offers_the_likeliest_variant_of_each_thing(
    epsilon: float, asks: str | None
) -> None:
    shop = shop_of(*variants("shirt", "hat", "sock"), "mug")
    condition = None if asks is None else when(asks, about_item=True)
    brand = brand_of(shop, replace(OFFER, suitability=condition), epsilon=epsilon, most_per_category=None)
    decision = brand.decide(shop.customer(), DecisionRequest(k=10))
    assert offered(shop, decision) == ["shirt-0", "hat-0", "sock-0", "mug"]
    assert decision.trace is not None
    assert {one.why for one in decision.trace.fates} == {Fate.SAID_ALREADY}


def test_a_variant_that_passes_comes_for_a_likelier_one_that_does_not() -> None:
    shop = shop_of(*variants("shirt", "hat"))
    small = replace(OFFER, suitability=when('item_attribute("size") == "2"', about_item=True))
    brand = brand_of(shop, small, most_per_category=None)
    assert offered(shop, brand.decide(shop.customer(), DecisionRequest(k=10))) == ["shirt-2", "hat-2"]


def test_two_actions_do_not_offer_two_variants() -> None:
    shop = shop_of(*variants("shirt", "hat"))
    dear = replace(
        OFFER, id="dear", value=30.0, suitability=when('item_attribute("size") == "1"', about_item=True)
    )
    decision = brand_of(shop, dear, OFFER, most_per_category=None).decide(
        shop.customer(), DecisionRequest(k=10)
    )
    assert sorted(offered(shop, decision)) == ["hat-1", "shirt-1"]


def test_refills_of_two_variants_are_two_refills() -> None:
    shop = shop_of(*variants("yogurt", size=3), consumable=[f"yogurt-{one}" for one in range(3)])
    she = shop.customer(*(Bought(f"yogurt-{one}", days_ago=30.0, orders=3) for one in range(2)))
    said = brand_of(shop, AGAIN).said(she, DecisionRequest(k=10))
    assert sorted(said) == ["again yogurt-0", "again yogurt-1"]


def test_however_many_variants_come_first_the_slate_is_filled_from_behind_them() -> None:
    shop = shop_of(*variants("shirt", size=400), *(f"mug-{one}" for one in range(4)))
    brand = brand_of(shop, OFFER, most_per_category=None)
    said = offered(shop, brand.decide(shop.customer(), DecisionRequest(k=5)))
    assert said == ["shirt-0", *(f"mug-{one}" for one in range(4))]


def test_why_not_says_that_a_variant_is_offered() -> None:
    shop = shop_of(*variants("shirt", "hat"))
    brand = brand_of(shop, OFFER, most_per_category=None)
    told = {one: _fate(brand, one) for one in ("shirt-0", "shirt-1", "hat-3")}
    assert told == {"shirt-0": "chosen", "shirt-1": "said_already", "hat-3": "said_already"}


def _fate(brand: Brand, item_id: str) -> str:
    request, she = DecisionRequest(k=10), brand.shop.customer()
    ready = prepared(brand.repertoire, brand.shop.assortment)
    about = About("offer", brand.shop.number(item_id))
    (told,) = why_not(brand.decide(she, request), request, ready, she, about)
    return told.code
