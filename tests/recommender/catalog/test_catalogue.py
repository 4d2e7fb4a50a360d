"""The catalogue's columns by item number, and which ownership policy wins."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalog import CatalogItem, Catalogue, Ownership, OwnershipKind, OwnershipRule, check_rule
from recommender.catalog.catalogue import ALWAYS_FROM_S, ALWAYS_UNTIL_S
from recommender.errors import InvalidItemError, NotFoundError
from recommender.types import ItemId, ItemNumber


def numbered(*names: str) -> dict[ItemId, ItemNumber]:
    return {ItemId(name): ItemNumber(number) for number, name in enumerate(names)}


def rule(kind: str, days: int | None = None, /, **scope: object) -> OwnershipRule:
    return check_rule(OwnershipRule(kind=kind, cool_down_days=days, **scope))  # type: ignore[arg-type]


def test_the_empty_catalogue_has_no_columns_and_no_items() -> None:
    shop = Catalogue.empty()
    assert (len(shop), shop.version, shop.item(ItemNumber(0)), shop.categories) == (0, 0, None, ((),))


def test_an_item_that_was_never_described_is_an_available_product_named_by_its_id() -> None:
    shop = Catalogue.build(1, [], numbered("mug"))
    assert (shop.available.tolist(), shop.is_product.tolist(), shop.group.tolist()) == ([True], [True], [0])
    assert shop.ownership_kind.tolist() == [OwnershipKind.LEARNED]
    assert (shop.active_from_s.tolist(), shop.active_until_s.tolist()) == ([ALWAYS_FROM_S], [ALWAYS_UNTIL_S])
    assert (shop.item(ItemNumber(0)), shop.name(ItemNumber(0))) == (None, "mug")


def test_described_items_stand_at_their_number() -> None:
    begin, end = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
    lamp = CatalogItem(
        item_id="lamp", name="Lamp", available=False, active_from=begin, active_until=end, is_product=False
    )
    shop = Catalogue.build(7, [lamp], numbered("mug", "lamp"))
    assert shop.available.tolist() == [True, False]
    assert shop.is_product.tolist() == [True, False]
    assert shop.active_from_s.tolist() == [ALWAYS_FROM_S, int(begin.timestamp())]
    assert shop.active_until_s.tolist() == [ALWAYS_UNTIL_S, int(end.timestamp())]
    assert (shop.item(ItemNumber(1)), shop.name(ItemNumber(1))) == (lamp, "Lamp")


@pytest.mark.parametrize("number", [-1, 2, 10**9])
def test_a_number_the_log_never_gave_has_no_item_and_a_name_that_says_so(number: int) -> None:
    shop = Catalogue.build(1, [], numbered("mug", "cup"))
    assert (shop.item(number), shop.item_id(number), shop.name(number)) == (None, None, f"#{number}")


def test_variants_share_the_smallest_number_of_their_group() -> None:
    items = [CatalogItem(item_id=name, item_group_id="G") for name in ("cup", "pot")]
    shop = Catalogue.build(1, items, numbered("mug", "pot", "cup", "lamp"))
    assert shop.group.tolist() == [0, 1, 1, 3]


def test_categories_are_numbered_in_ascending_order_and_none_is_zero() -> None:
    items = [
        CatalogItem(item_id="mug", category=("kitchen", "cups")),
        CatalogItem(item_id="kite", category=("garden",)),
    ]
    shop = Catalogue.build(1, items, numbered("mug", "lamp", "kite"))
    assert shop.categories == ((), ("garden",), ("kitchen", "cups"))
    assert shop.category_number.tolist() == [2, 0, 1]


def test_of_two_descriptions_of_one_item_the_later_holds() -> None:
    items = [CatalogItem(item_id="mug", name="old"), CatalogItem(item_id="mug", name="new")]
    assert Catalogue.build(1, items, numbered("mug")).name(0) == "new"


def test_an_item_without_a_number_is_refused_by_name() -> None:
    with pytest.raises(NotFoundError, match="'lamp'"):
        Catalogue.build(1, [CatalogItem(item_id="lamp")], numbered("mug"))


def policy(item: CatalogItem, *rules: OwnershipRule) -> tuple[OwnershipKind, int]:
    shop = Catalogue.build(1, [item], numbered(item.item_id), rules)
    return OwnershipKind(shop.ownership_kind[0]), int(shop.cool_down_days[0])


BEANS = CatalogItem(item_id="beans", item_group_id="G", category=("food", "tins"))
SHOP = rule("own_once", category=())
FOOD = rule("consumable", category=("food",))
TINS = rule("cool_down", 10, category=("food", "tins"))
GROUP = rule("cool_down", 20, item_group_id="G")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), (OwnershipKind.LEARNED, 0)),
        ((rule("consumable", category=("garden",)),), (OwnershipKind.LEARNED, 0)),
        ((rule("consumable", category=("tins",)),), (OwnershipKind.LEARNED, 0)),
        ((rule("consumable", category=("food", "tins", "red")),), (OwnershipKind.LEARNED, 0)),
        ((SHOP,), (OwnershipKind.OWN_ONCE, 0)),
        ((FOOD, SHOP), (OwnershipKind.CONSUMABLE, 0)),
        ((TINS, FOOD, SHOP), (OwnershipKind.COOL_DOWN, 10)),
        ((GROUP, TINS, FOOD, SHOP), (OwnershipKind.COOL_DOWN, 20)),
    ],
)
def test_the_most_specific_rule_wins(
    rules: tuple[OwnershipRule, ...], expected: tuple[OwnershipKind, int]
) -> None:
    assert policy(BEANS, *rules) == expected
    assert policy(BEANS, *reversed(rules)) == expected


def test_what_the_item_declares_wins_over_every_rule() -> None:
    declared = CatalogItem(
        item_id="beans", item_group_id="G", category=("food", "tins"), ownership=Ownership("own_once")
    )
    assert policy(declared, GROUP, TINS, FOOD, SHOP) == (OwnershipKind.OWN_ONCE, 0)


def test_of_two_rules_for_one_scope_the_later_holds() -> None:
    assert policy(BEANS, FOOD, rule("own_once", category=("food",))) == (OwnershipKind.OWN_ONCE, 0)


@pytest.mark.parametrize("scope", [{}, {"item_group_id": "G", "category": ("food",)}])
def test_a_rule_has_exactly_one_scope(scope: dict[str, object]) -> None:
    with pytest.raises(InvalidItemError, match="exactly one scope"):
        rule("own_once", None, **scope)


def test_a_rule_of_a_cool_down_says_its_days() -> None:
    with pytest.raises(InvalidItemError, match=r"rule\.cool_down_days is missing"):
        rule("cool_down", category=())


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.dictionaries(st.sampled_from("abcdef"), st.none() | st.sampled_from(["G", "H"])),
)
def test_items_share_a_group_exactly_when_they_share_its_id(
    names: list[str], groups: dict[str, str | None]
) -> None:
    every = sorted({*names, *groups})
    items = [CatalogItem(item_id=name, item_group_id=group) for name, group in groups.items()]
    shop = Catalogue.build(1, items, numbered(*every))
    for left, left_name in enumerate(every):
        for right, right_name in enumerate(every):
            named = groups.get(left_name)
            same = left == right or (named is not None and named == groups.get(right_name))
            assert (shop.group[left] == shop.group[right]) == same
        assert shop.group[left] <= left
