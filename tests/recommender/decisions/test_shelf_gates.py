from datetime import UTC, datetime, timedelta

import pytest

from recommender.catalog import CatalogItem, Ownership
from recommender.customers import CustomerState
from recommender.decisions import ActionKind, DecisionRequest
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

NOW = datetime.fromtimestamp(NOW_S, UTC)
SECOND = timedelta(seconds=1)
NOBODY = CustomerState.empty()


@pytest.mark.parametrize(
    ("hidden", "code"),
    [
        (CatalogItem(item_id="x", available=False), "unavailable"),
        (CatalogItem(item_id="x", is_product=False), "not_a_product"),
        (CatalogItem(item_id="x", available=False, is_product=False), "not_a_product"),
        (CatalogItem(item_id="x", active_from=NOW + SECOND), "not_active"),
        (CatalogItem(item_id="x", active_until=NOW), "not_active"),
        (CatalogItem(item_id="x", active_until=NOW, available=False), "unavailable"),
    ],
)
def test_what_cannot_be_sold_now_is_neither_offered_nor_refilled(hidden: CatalogItem, code: str) -> None:
    shop = shop_of(hidden, "vase", consumable=["x"])
    anybody = shop.decide(NOBODY)
    assert [shop.item_id(action.item) for action in anybody.actions] == ["vase"]
    assert anybody.gated == {code: 1}
    again = shop.decide(shop.customer(Bought("x")), DecisionRequest(actions=(ActionKind.BUY_AGAIN,)))
    assert again.actions == ()
    assert again.gated == {code: 1}


@pytest.mark.parametrize(
    "sold",
    [
        CatalogItem(item_id="x", active_from=NOW),
        CatalogItem(item_id="x", active_until=NOW + SECOND),
        CatalogItem(item_id="x", active_from=NOW - SECOND, active_until=NOW + SECOND),
    ],
)
def test_what_is_active_at_this_second_is_offered(sold: CatalogItem) -> None:
    shop = shop_of(sold)
    assert shop.said(NOBODY)["product_offer"] == ["x"]
    assert shop.decide(NOBODY).gated == {}


def test_an_item_without_a_catalogue_entry_is_an_available_product_of_its_own() -> None:
    shop = shop_of("ring", "vase")
    assert shop.said(NOBODY)["product_offer"] == ["ring", "vase"]


def test_the_cart_and_its_variants_never_come() -> None:
    small, large = (CatalogItem(item_id=size, item_group_id="shirt") for size in ("small", "large"))
    shop = shop_of(small, large, "vase")
    decision = shop.decide(NOBODY, DecisionRequest(cart=shop.numbers("small")))
    assert [shop.item_id(action.item) for action in decision.actions] == ["vase"]
    assert decision.gated == {"in_cart": 2}


def test_a_cart_item_that_the_bundle_does_not_know_keeps_its_variants_out() -> None:
    small, large = (CatalogItem(item_id=size, item_group_id="shirt") for size in ("small", "large"))
    shop = shop_of(small, "vase", untaught=[large])
    assert shop.said(NOBODY, DecisionRequest(cart=shop.numbers("large")))["product_offer"] == ["vase"]


def test_a_refill_in_the_cart_never_comes() -> None:
    shop = shop_of(CatalogItem(item_id="milk", ownership=Ownership("consumable")))
    decision = shop.decide(shop.customer(Bought("milk")), DecisionRequest(cart=shop.numbers("milk")))
    assert decision.actions == ()
    assert decision.gated == {"owned": 1, "in_cart": 1}


def test_session_items_may_come() -> None:
    shop = shop_of("ring", "vase")
    said = shop.said(NOBODY, DecisionRequest(session=shop.numbers("ring")))
    assert set(said["product_offer"]) == {"ring", "vase"}
