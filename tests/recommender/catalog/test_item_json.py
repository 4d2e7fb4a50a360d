"""Items and rules as JSON: one or many, older and newer forms, and everything that is neither."""

from decimal import Decimal

import pytest

from recommender.catalog import (
    CatalogItem,
    Ownership,
    decode_item,
    decode_items,
    decode_rules,
    encode_item,
    encode_rules,
)
from recommender.catalog.codec import RawItem
from recommender.errors import InvalidItemError


def test_one_object_and_an_array_of_objects_are_both_items() -> None:
    assert decode_items('{"item_id":"mug"}') == (CatalogItem(item_id="mug"),)
    assert [item.item_id for item in decode_items('[{"item_id":"mug"},{"item_id":"cup"}]')] == ["mug", "cup"]
    assert decode_items("[]") == ()


def test_an_item_is_read_as_it_was_written() -> None:
    item = CatalogItem(
        item_id="mug",
        price=Decimal("2.55"),
        category=("kitchen",),
        ownership=Ownership("cool_down", 30),
        attributes={"b": "2", "a": "1"},
        is_product=False,
    )
    assert decode_item(encode_item(item)) == item
    assert decode_items(b"[" + encode_item(item) + b"]") == (item,)


@pytest.mark.parametrize("price", ["2.55", '"2.55"', "19999999.123456789012"])
def test_a_price_is_exact_as_a_number_and_as_text_alone_and_in_a_list(price: str) -> None:
    json = f'{{"item_id":"mug","price":{price}}}'
    exact = Decimal(price.strip('"'))
    assert decode_item(json).price == exact
    assert decode_items(f"[{json}]")[0].price == exact


@pytest.mark.parametrize(
    ("json", "message"),
    [
        ('[{"item_id":"mug"},{"item_id":7}]', "item[1] does not fit, at item_id"),
        ('{"name":"Mug"}', "found Object missing required field `item_id`"),
        ('{"item_id":"mug","ownership":"consumable"}', "at ownership: expected object or null, found str"),
        ('{"item_id":"mug","active_from":"2026-01-31"}', "such as 2026-01-31T18:00:00Z"),
        ('{"item_id":"mug","colour":"red"}', "unknown field `colour`"),
        ('{"item_id":"mug","ownership":{"kind":"twice"}}', "at ownership.kind"),
        ('[{"item_id":"mug","price":true}]', "item[0] ('mug') does not fit, at price"),
        (
            '[{"item_id":"mug"},{"item_id":"cup","schema_version":2}]',
            "schema_version of item[1] ('cup') is not known",
        ),
        ("[7]", "item[0] does not fit"),
        ("7", "item does not fit"),
        (
            '{"item_id":"mug","schema_version":2}',
            "schema_version of the item is not known: expected 1 to 1, found 2",
        ),
        ('{"item_id":"mug","schema_version":"1"}', "schema_version of the item is not known"),
        ('{"item_id":"mug","price":NaN}', "the catalogue is no JSON"),
        ('{"item_id":', "the catalogue is no JSON"),
        ("", "the catalogue is no JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=range(16),
)
def test_what_is_no_item_is_refused_by_its_position(json: str, message: str) -> None:
    with pytest.raises(InvalidItemError) as caught:
        decode_items(json)
    assert message in str(caught.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidItemError):
        decode_item(b'{"item_id":"\xff"}')


def rename_title(raw: RawItem) -> RawItem:
    """Version 1 of the test called the name a title."""
    rest = {key: value for key, value in raw.items() if key != "title"}
    return {**rest, "name": raw["title"]}


@pytest.mark.parametrize("version", ["", ',"schema_version":1'])
def test_an_older_form_is_brought_up_to_date(version: str) -> None:
    item = decode_item(f'{{"item_id":"mug","title":"Mug"{version}}}', upcasters=(rename_title,))
    assert (item.name, item.schema_version) == ("Mug", 2)


def test_rules_are_read_as_they_were_written() -> None:
    json = b'[{"kind":"consumable","category":["food"]},{"kind":"cool_down","cool_down_days":30,"item_group_id":"G"}]'
    assert encode_rules(decode_rules(json)) == json


@pytest.mark.parametrize(
    "json", ["{}", '[{"kind":"twice"}]', '[{"category":[]}]', "[", '[{"kind":"own_once","x":1}]']
)
def test_what_is_no_list_of_rules_is_refused(json: str) -> None:
    with pytest.raises(InvalidItemError):
        decode_rules(json)
