import pytest

from recommender.catalog import CatalogItem
from recommender.decisions import ReasonKind, RelatedItems, related_items
from recommender.errors import InvalidRequestError
from recommender.types import ItemNumber
from tests.recommender.decisions.tiny_shop import NOW_S, Shop, factors_of, neighbours_of, shop_of


def related(shop: Shop, item_id: str, k: int = 10) -> RelatedItems:
    return related_items(shop.models, shop.assortment, shop.number(item_id), k, NOW_S)


def ids(shop: Shop, items: RelatedItems) -> tuple[list[str], list[str]]:
    return (
        [shop.item_id(one.item) for one in items.bought_together],
        [shop.item_id(one.item) for one in items.similar],
    )


def test_bought_together_are_the_neighbours_by_weight_and_equal_ones_by_number() -> None:
    shop = shop_of("pan", "lid", "hat", "mop")
    shop = shop.with_models(
        item_item=neighbours_of(shop, {"pan": [("mop", 0.9), ("hat", 0.5), ("lid", 0.5)]})
    )
    assert ids(shop, related(shop, "pan"))[0] == ["mop", "lid", "hat"]
    assert ids(shop, related(shop, "pan", k=1))[0] == ["mop"]
    assert related(shop, "pan").bought_together[0].score == pytest.approx(0.9)
    assert related(shop, "hat").bought_together == ()


def test_similar_items_have_parallel_factors() -> None:
    shop = shop_of("pan", "pot", "hat", "mop")
    factors = {"pan": (2.0, 0.0), "pot": (3.0, 1.0), "hat": (0.0, 1.0), "mop": (0.0, 0.0)}
    shop = shop.with_models(als=factors_of(shop, factors))
    (pot,) = related(shop, "pan").similar
    assert shop.item_id(pot.item) == "pot"
    assert pot.score == pytest.approx(3 / 10**0.5)
    assert pot.reason.kind is ReasonKind.SIMILAR_ITEM


def test_without_factors_similar_items_are_the_popular_ones_of_the_category() -> None:
    kitchen = [CatalogItem(item_id=name, category=("kitchen",)) for name in ("pan", "pot", "cup")]
    shop = shop_of(*kitchen, "hat")
    assert ids(shop, related(shop, "pot")) == ([], ["pan", "cup"])
    assert related(shop, "pot").similar[0].reason.kind is ReasonKind.SAME_CATEGORY


def test_variants_of_the_item_and_what_cannot_be_sold_are_left_out() -> None:
    shop = shop_of(
        CatalogItem(item_id="s", item_group_id="shirt"),
        CatalogItem(item_id="l", item_group_id="shirt"),
        CatalogItem(item_id="gone", available=False),
        CatalogItem(item_id="fee", is_product=False),
        "hat",
    )
    everything = [("gone", 0.9), ("l", 0.8), ("fee", 0.7), ("hat", 0.6)]
    shop = shop.with_models(
        item_item=neighbours_of(shop, {"s": everything}),
        als=factors_of(shop, dict.fromkeys(("s", "l", "gone", "fee", "hat"), (1.0, 1.0))),
    )
    assert ids(shop, related(shop, "s")) == (["hat"], ["hat"])


def test_an_unknown_item_has_no_related_ones() -> None:
    shop = shop_of("pan", untaught=[CatalogItem(item_id="new")])
    assert related(shop, "new") == RelatedItems((), ())
    assert related_items(shop.models, shop.assortment, ItemNumber(10**9), 5, NOW_S) == RelatedItems((), ())


@pytest.mark.parametrize("k", [-1, 0, 101])
def test_k_out_of_range_is_refused(k: int) -> None:
    with pytest.raises(InvalidRequestError):
        related(shop_of("pan"), "pan", k)
