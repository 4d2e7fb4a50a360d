import numpy as np

from recommender.candidates import assortment_of
from recommender.catalog import CatalogItem, Catalogue, Ownership, OwnershipKind, OwnershipRule
from recommender.types import ItemId, ItemNumber
from tests.recommender.decisions.tiny_shop import shop_of


def test_declared_ownership_wins_over_learned() -> None:
    shop = shop_of(
        CatalogItem(item_id="ring", ownership=Ownership("own_once")),
        CatalogItem(item_id="tyre", ownership=Ownership("cool_down", 2)),
        CatalogItem(item_id="milk", ownership=Ownership("consumable")),
        "bread",
        "lamp",
        consumable=["ring", "bread"],
        bundle_order=["ring", "tyre", "milk", "bread", "lamp"],
    )
    kinds = [OwnershipKind(kind).name for kind in shop.assortment.shelf.ownership.tolist()]
    assert kinds == ["OWN_ONCE", "COOL_DOWN", "CONSUMABLE", "CONSUMABLE", "LEARNED"]
    assert shop.assortment.shelf.cool_down_s.tolist() == [0, 2 * 86_400, 0, 0, 0]
    assert shop.assortment.shelf.cool_down_s_of_number.tolist() == [-1, 2 * 86_400, -1, -1, -1]


def test_a_bundle_newer_than_the_catalogue_is_open_for_sale() -> None:
    shop = shop_of("ring", "vase")
    older = assortment_of(shop.models, Catalogue.empty())
    assert older.shelf.standing.tolist() == [0, 0]
    assert older.shelf.group_of_number.tolist() == [1, 0] or older.shelf.group_of_number.tolist() == [0, 1]
    assert older.model_version == "unregistered"


def test_groups_reach_items_outside_the_bundle_by_number() -> None:
    variants = [CatalogItem(item_id=name, item_group_id="shirt") for name in ("s", "l", "xl")]
    shop = shop_of(variants[0], "hat", variants[1], untaught=[variants[2], CatalogItem(item_id="new")])
    shelf = shop.assortment.shelf
    of = {name: shelf.group_of_number[shop.number(name)] for name in ("s", "l", "xl", "hat", "new")}
    assert of["s"] == of["l"] == of["xl"] != of["hat"]
    assert of["new"] == -1
    members = shelf.group_member[shelf.group_start[of["s"]] : shelf.group_start[of["s"] + 1]]
    assert {shop.models.items.ids[member] for member in members} == {"s", "l"}


def test_rules_of_the_catalogue_are_resolved() -> None:
    shop = shop_of("ring", "vase")
    numbers = {ItemId("ring"): ItemNumber(0), ItemId("vase"): ItemNumber(1)}
    rule = OwnershipRule(kind="consumable", category=("home",))
    catalogue = Catalogue.build(4, [CatalogItem(item_id="vase", category=("home", "deco"))], numbers, [rule])
    ownership = assortment_of(shop.models, catalogue).shelf.ownership
    assert dict(zip(shop.models.items.ids, ownership.tolist(), strict=True)) == {
        "ring": OwnershipKind.LEARNED,
        "vase": OwnershipKind.CONSUMABLE,
    }


def test_an_empty_bundle_has_an_assortment() -> None:
    shelf = shop_of(untaught=[CatalogItem(item_id="new")]).assortment.shelf
    assert len(shelf.standing) == 0
    assert shelf.group_of_number.tolist() == [-1]


def test_the_most_popular_start_at_the_twentieth_of_a_small_shop() -> None:
    shop = shop_of(*(f"item-{rank:02}" for rank in range(40)))
    score = shop.models.popularity.score[0]
    assert np.count_nonzero(score >= shop.assortment.popular_from) == 20


def test_names_come_from_the_catalogue_else_the_id() -> None:
    shop = shop_of(CatalogItem(item_id="a", name="THE VASE"), "b")
    assert [shop.assortment.name_of(shop.number(one)) for one in "ab"] == ["THE VASE", "b"]
