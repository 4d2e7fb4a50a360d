"""Merge patches: the table of the standard, and what a patch may say of an item."""

from decimal import Decimal

import pytest

from recommender.catalog import CatalogItem, ItemPatch, Ownership, apply_patch, changes_of, decode_patches
from recommender.catalog.patching import merge_patch
from recommender.errors import InvalidItemError
from recommender.types import ItemId

MUG = CatalogItem(
    item_id="mug", name="Mug", price=Decimal("4.50"), currency="EUR", available=False,
    ownership=Ownership("cool_down", 30), attributes={"colour": "red"},
)  # fmt: skip

# RFC 7386, appendix A, row by row.
STANDARD = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), STANDARD)
def test_patches_merge_as_the_standard_has_it(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result


def patched(text: str) -> CatalogItem:
    (patch,) = decode_patches(text)
    return apply_patch(MUG, patch)


def test_what_is_left_out_stays_and_null_goes_back_to_the_default() -> None:
    assert patched('{"item_id": "mug"}') == MUG
    assert patched('{"item_id": "mug", "available": true}').name == "Mug"
    cleared = patched('{"item_id": "mug", "name": null, "available": null, "attributes": null}')
    assert (cleared.name, cleared.available, cleared.attributes) == (None, True, {})
    assert cleared.price == Decimal("4.50")


def test_attributes_and_ownership_are_merged_key_by_key() -> None:
    text = (
        '{"item_id": "mug", "attributes": {"size": "L", "colour": null}, "ownership": {"cool_down_days": 7}}'
    )
    assert (patched(text).attributes, patched(text).ownership) == ({"size": "L"}, Ownership("cool_down", 7))


def test_a_number_is_as_exact_as_a_text() -> None:
    assert patched('{"item_id": "mug", "price": 0.1}').price == Decimal("0.1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[{"item_id": "mug"}, {"item_id": "mug", "price": "-1"}]',
            r"item\[1\] \('mug'\): price is out of range",
        ),
        (
            '[{"item_id": "mug"}, {"item_id": "mug", "price": true}]',
            r"item\[1\] \('mug'\) does not fit, at price",
        ),
        (
            '[{"item_id": "mug"}, {"item_id": "mug", "colour": null}]',
            r"item\[1\] \('mug'\) does not fit.*'colour'",
        ),
        ('[{"item_id": "mug"}, {"available": false}]', r"item\[1\] does not say which item"),
        ('[{"item_id": "mug"}, {"item_id": null}]', r"item\[1\] does not say which item"),
        ('[{"item_id": "mug"}, {"item_id": 7}]', r"item\[1\].*found a number"),
        ('[{"item_id": "mug"}, {"item_id": "\\u0000"}]', r"item\[1\] \('.x00'\): item_id is no id"),
        ('[{"item_id": "mug"}, "mug"]', r"item\[1\].*found text"),
        ('{"item_id": "mug", "schema_version": 2}', "schema_version"),
        ('{"item_id": "mug", "ownership": {"kind": "own_once"}}', "cool_down_days"),
        ("7", "found a number"),
        ("{", "no JSON"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InvalidItemError, match=told):
        _ = [apply_patch(MUG, patch) for patch in decode_patches(text)]


def test_the_changes_to_an_item_make_any_other_agree_with_it_there() -> None:
    changes = changes_of(MUG, ["price", "url", "available"])
    other = CatalogItem(item_id="mug", name="Cup", url="https://shop.example/cup", price=Decimal(9))
    agreed = apply_patch(other, ItemPatch(ItemId("mug"), changes))
    assert (agreed.name, agreed.price, agreed.url, agreed.available) == ("Cup", Decimal("4.50"), None, False)
