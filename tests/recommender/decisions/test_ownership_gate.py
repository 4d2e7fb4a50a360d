import pytest

from recommender.catalog import CatalogItem, Ownership
from recommender.decisions import ActionKind, DecisionRequest
from tests.recommender.decisions.tiny_shop import Bought, Shop, shop_of

ONCE = Ownership("own_once")
USED_UP = Ownership("consumable")
MONTH = Ownership("cool_down", 30)
BUY_AGAIN = DecisionRequest(actions=(ActionKind.BUY_AGAIN,))


def item(item_id: str, ownership: Ownership | None = None, group: str | None = None) -> CatalogItem:
    return CatalogItem(item_id=item_id, ownership=ownership, item_group_id=group)


def nothing_but(shop: Shop, **said: list[str]) -> dict[str, list[str]]:
    return {"product_offer": [], "buy_again": []} | said


@pytest.mark.parametrize("ownership", [None, ONCE, USED_UP, MONTH])
def test_an_owned_item_is_never_offered(ownership: Ownership | None) -> None:
    shop = shop_of(item("ring", ownership), "vase")
    assert shop.said(shop.customer(Bought("ring", days_ago=0.02))) == nothing_but(
        shop, product_offer=["vase"]
    )


def test_every_variant_of_an_owned_item_is_kept_out() -> None:
    shop = shop_of(item("shirt-m", group="shirt"), item("shirt-l", group="shirt"), "vase")
    decision = shop.decide(shop.customer(Bought("shirt-l")))
    assert [shop.item_id(action.item) for action in decision.actions] == ["vase"]
    assert decision.gated == {"owned": 2, "own_once": 1}


def test_a_purchase_that_the_bundle_does_not_know_blocks_its_variants() -> None:
    shop = shop_of(item("shirt-m", group="shirt"), "vase", untaught=[item("shirt-xl", group="shirt")])
    assert shop.said(shop.customer(Bought("shirt-xl"))) == nothing_but(shop, product_offer=["vase"])


def test_a_purchase_whose_number_the_catalogue_never_saw_blocks_nothing_else() -> None:
    shop = shop_of("ring", "vase", untaught=[item("later")])
    older = shop_of("ring", "vase")
    assert older.said(shop.customer(Bought("later"))) == nothing_but(shop, product_offer=["ring", "vase"])


def test_what_was_bought_only_as_a_gift_is_offered_and_not_refilled() -> None:
    shop = shop_of(item("tea", USED_UP), "vase")
    gift = shop.customer(Bought("tea", owned=0.0, orders=3))
    assert shop.said(gift) == nothing_but(shop, product_offer=["tea", "vase"])


@pytest.mark.parametrize(("days_ago", "comes_back"), [(29.9, False), (30.0, True), (400.0, True)])
def test_a_cool_down_item_comes_back_as_an_offer_after_its_days(days_ago: float, comes_back: bool) -> None:
    shop = shop_of("vase", item("tyres", MONTH))
    expected = ["vase", "tyres"] if comes_back else ["vase"]
    decision = shop.decide(shop.customer(Bought("tyres", days_ago=days_ago, orders=5)))
    assert [shop.item_id(action.item) for action in decision.actions] == expected
    assert decision.gated == ({} if comes_back else {"cooling_down": 1})


def test_a_cool_down_counts_from_the_last_purchase_of_any_variant() -> None:
    shop = shop_of(item("tyre-a", MONTH, "tyre"), item("tyre-b", MONTH, "tyre"))
    state = shop.customer(Bought("tyre-a", days_ago=100), Bought("tyre-b", days_ago=10))
    assert shop.said(state) == nothing_but(shop)


def test_the_longer_cool_down_of_two_variants_holds() -> None:
    shop = shop_of(item("a", Ownership("cool_down", 10), "g"), item("b", Ownership("cool_down", 60), "g"))
    assert shop.said(shop.customer(Bought("a", days_ago=50))) == nothing_but(shop, product_offer=["a"])
    assert shop.said(shop.customer(Bought("b", days_ago=50))) == nothing_but(shop)


def test_one_variant_owned_once_keeps_the_others_out_for_ever() -> None:
    shop = shop_of(item("a", MONTH, "g"), item("b", ONCE, "g"))
    assert shop.said(shop.customer(Bought("b", days_ago=1000))) == nothing_but(shop)
    assert shop.said(shop.customer(Bought("a", days_ago=1000))) == nothing_but(shop, product_offer=["a"])


def test_a_consumable_comes_as_buy_again_only() -> None:
    shop = shop_of(item("milk", USED_UP), "bread", consumable=["bread"])
    state = shop.customer(Bought("milk", days_ago=20), Bought("bread", days_ago=20))
    assert {key: set(ids) for key, ids in shop.said(state).items()} == {
        "product_offer": set(),
        "buy_again": {"milk", "bread"},
    }


@pytest.mark.parametrize("orders", [1, 2, 9])
def test_declared_own_once_never_comes_in_either_kind(orders: int) -> None:
    shop = shop_of(item("ring", ONCE), consumable=["ring"])
    decision = shop.decide(shop.customer(Bought("ring", orders=orders, first_days_ago=400)))
    assert decision.actions == ()
    assert decision.gated == {"owned": 1, "own_once": 1}


def test_learned_own_once_comes_again_to_the_customer_who_bought_it_in_two_orders() -> None:
    shop = shop_of("candle")
    assert shop.said(shop.customer(Bought("candle"))) == nothing_but(shop)
    twice = shop.customer(Bought("candle", orders=2, first_days_ago=130))
    assert shop.said(twice) == nothing_but(shop, buy_again=["candle"])


def test_declared_consumable_wins_over_learned_own_once() -> None:
    shop = shop_of(item("ink", USED_UP))
    assert shop.said(shop.customer(Bought("ink"))) == nothing_but(shop, buy_again=["ink"])


@pytest.mark.parametrize("orders", [1, 60_000])
def test_what_was_just_bought_is_not_suggested_again_in_the_same_visit(orders: int) -> None:
    shop = shop_of("milk", consumable=["milk"])
    state = shop.customer(Bought("milk", days_ago=0.0, orders=orders, first_days_ago=60))
    last_s = int(state.items.last_s[0])
    assert shop.decide(state, BUY_AGAIN, now_s=last_s + 3600 - 1).gated == {"just_bought": 1}
    said = shop.decide(state, BUY_AGAIN, now_s=last_s + 3600).actions
    assert [shop.item_id(action.item) for action in said] == ["milk"]


@pytest.mark.parametrize("is_taught", [True, False])
def test_a_refill_rests_after_a_variant_was_bought(is_taught: bool) -> None:
    mint, fresh = item("mint", USED_UP, "paste"), item("fresh", USED_UP, "paste")
    shop = shop_of(mint, fresh) if is_taught else shop_of(mint, untaught=[fresh])
    old = Bought("mint", days_ago=50)
    assert shop.said(shop.customer(old)) == nothing_but(shop, buy_again=["mint"])
    assert shop.said(shop.customer(old, Bought("fresh", days_ago=0.02))) == nothing_but(shop)
    gift = Bought("fresh", days_ago=0.02, owned=0.0)
    assert shop.said(shop.customer(old, gift)) == nothing_but(shop, buy_again=["mint"])


def test_a_purchase_dated_after_now_is_owned_and_just_bought() -> None:
    shop = shop_of(item("milk", USED_UP), item("tyres", MONTH))
    state = shop.customer(Bought("milk", days_ago=-0.5), Bought("tyres", days_ago=-0.5))
    assert shop.decide(state).gated == {"owned": 1, "cooling_down": 1, "just_bought": 1}
