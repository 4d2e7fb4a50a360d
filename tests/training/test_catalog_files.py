from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from recommender.catalog import CatalogItem, Catalogue, Ownership, OwnershipRule, apply_patch
from recommender.errors import InvalidItemError, InvalidSourceError, NotFoundError
from recommender.types import ItemId, ItemNumber
from training.catalog_files import CatalogFile, CatalogOptions, patches_of, read_catalog_file
from training.catalog_ownership import read_rules
from training.catalog_show import describe_item

FULL = """sku,name,item_group_id,category,price,currency,url,available,active_from,ownership,colour,attributes.size
mug,Red mug,mugs,Home > Kitchen,4.50,EUR,https://x.example/mug,yes,2024-06-01,cool_down:30,red,L
"""
MUG = CatalogItem(
    item_id="mug", name="Red mug", item_group_id="mugs", category=("Home", "Kitchen"), price=Decimal("4.50"), currency="EUR",
    url="https://x.example/mug", active_from=datetime(2024, 5, 31, 22, tzinfo=UTC), ownership=Ownership("cool_down", 30),
    attributes={"colour": "red", "size": "L"},
)  # fmt: skip


def read(
    tmp_path: Path, content: str, name: str = "items.csv", **options: Any
) -> CatalogFile:  # options vary by test
    (tmp_path / name).write_text(content)
    return read_catalog_file(tmp_path / name, CatalogOptions(options.pop("columns", {}), **options))


def test_every_field_of_an_item_can_come_from_a_column(tmp_path: Path) -> None:
    file = read(tmp_path, FULL, columns={"item_id": "sku"}, attributes=["colour"], time_zone="Europe/Berlin")
    assert file.items == (MUG,)
    assert file.ignored == ()


def test_columns_of_which_nothing_is_made_are_named(tmp_path: Path) -> None:
    assert read(tmp_path, FULL, columns={"item_id": "sku"}).ignored == ("colour",)


def test_the_same_items_come_from_every_format(tmp_path: Path) -> None:
    expected = read(tmp_path, "item_id,name,category,price\nmug,Mug,Home > Kitchen,4.5\npan,Pan,,\n").items
    rows: list[dict[str, object]] = [
        {"item_id": "mug", "name": "Mug", "category": ["Home", "Kitchen"], "price": 4.5},
        {"item_id": "pan", "name": "Pan", "category": None, "price": None},
    ]
    frame = pl.DataFrame(rows)
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ndjson(tmp_path / "a.jsonl")
    book = openpyxl.Workbook()
    for row in (
        ["item_id", "name", "category", "price"],
        ["mug", "Mug", "Home > Kitchen", 4.5],
        ["pan", "Pan", None, None],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    for name in ("a.parquet", "a.jsonl", "a.xlsx"):
        assert read_catalog_file(tmp_path / name, CatalogOptions({})).items == expected, name


def test_json_lines_take_an_item_as_the_api_does(tmp_path: Path) -> None:
    line = '{"item_id":"pan","category":["A","B"],"attributes":{"size":4},"ownership":{"kind":"own_once"},"available":false}\n'
    (item,) = read(tmp_path, line, "items.jsonl").items
    assert (item.category, item.attributes, item.ownership) == (
        ("A", "B"),
        {"size": "4"},
        Ownership("own_once"),
    )
    assert item.available is False


def test_levels_of_a_category_may_be_separated_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path, "item_id,category\nmug,Home/Kitchen\n", separator="/").items[0].category == (
        "Home",
        "Kitchen",
    )


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",n,1,,,,,", "item_id", "is missing"),
        ("m\x00g,n,1,,,,,", "item_id", "is no id"),
        ("\U0001f600,n,1,,,,,", "item_id", "is no id"),
        ("x" * 10_000 + ",n,1,,,,,", "item_id", "is no id"),
        ("mug,n,NaN,,,,,", "price", "is out of range"),
        ("mug,n,-1,,,,,", "price", "is out of range"),
        ("mug,n,cheap,,,,,", "price", "is not a number"),
        ("mug,n,1,eur,,,,", "currency", "is no currency code"),
        ("mug,n,1,,maybe,,,", "available", "is neither yes nor no"),
        ("mug,n,1,,,soon,,", "active_from", "is not a date or time"),
        ("mug,n,1,,,,often,", "ownership", "is none of own_once"),
        ("mug,n,1,,,,cool_down,", "ownership", "is none of own_once"),
        ("mug,n,1,,,,,javascript:alert(1)", "url", "is no web address"),
    ],
)  # fmt: skip
def test_a_bad_row_is_rejected_with_line_column_and_reason(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    file = read(
        tmp_path, f"item_id,name,price,currency,available,active_from,ownership,url\n{row}\ngood,n,,,,,,\n"
    )
    assert [item.item_id for item in file.items] == ["good"]
    line, found, _, why = file.rejected.row(0)
    assert (line, found) == ("2", column)
    assert why.startswith(reason)
    assert file.bad_share == 0.5


def test_without_an_item_id_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSourceError, match="--columns item_id"):
        read(tmp_path, "sku\nmug\n")


def test_an_item_that_occurs_twice_is_mentioned(tmp_path: Path) -> None:
    file = read(tmp_path, "item_id,name\nmug,A\nmug,B\n")
    assert file.notes == ("1 items occur again further down: the last row of an item holds",)


def test_what_the_file_has_no_column_for_stays_and_an_empty_cell_clears(tmp_path: Path) -> None:
    file = read(tmp_path, "item_id,price,url\nmug,5,\nnew,6,\n")
    known, new = patches_of(file)
    merged = apply_patch(MUG, known)
    assert (merged.name, merged.price, merged.url) == ("Red mug", Decimal(5), None)
    assert apply_patch(CatalogItem(item_id="new"), new) == CatalogItem(item_id="new", price=Decimal(6))


def test_of_the_attributes_too_those_without_a_column_stay(tmp_path: Path) -> None:
    file = read(tmp_path, "item_id,attributes.size,attributes.use\nmug,,tea\n")
    (patch,) = patches_of(file)
    assert apply_patch(MUG, patch).attributes == {"colour": "red", "use": "tea"}


def test_the_last_row_of_an_item_holds(tmp_path: Path) -> None:
    file = read(tmp_path, "item_id,name,price\nmug,A,1\nmug,B,\n")
    (patch,) = patches_of(file)
    assert patch.fields == {"name": "B", "price": None}


def test_ownership_rules_come_from_a_table_or_from_json(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").write_text(
        "kind,cool_down_days,item_group_id,category\nown_once,,mugs,\ncool_down,30,,Home > Kitchen\nconsumable,,,*\n"
    )
    assert read_rules(tmp_path / "rules.csv") == (
        OwnershipRule(kind="own_once", item_group_id="mugs"),
        OwnershipRule(kind="cool_down", cool_down_days=30, category=("Home", "Kitchen")),
        OwnershipRule(kind="consumable", category=()),
    )
    (tmp_path / "rules.json").write_text('[{"kind": "own_once", "item_group_id": "mugs"}]')
    assert read_rules(tmp_path / "rules.json") == (OwnershipRule(kind="own_once", item_group_id="mugs"),)


@pytest.mark.parametrize(
    "row", ["cool_down,,mugs,", "often,,mugs,", "own_once,,,", "own_once,,mugs,Home", "own_once,3,mugs,"]
)
def test_one_bad_rule_refuses_the_file_and_names_its_line(tmp_path: Path, row: str) -> None:
    (tmp_path / "rules.csv").write_text(
        f"kind,cool_down_days,item_group_id,category\nconsumable,,,*\n{row}\n"
    )
    with pytest.raises(InvalidItemError, match="line 3"):
        read_rules(tmp_path / "rules.csv")


def test_a_table_that_holds_no_rules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidSourceError, match="kind"):
        read_rules(tmp_path / "rules.csv")


def test_an_item_is_shown_with_everything_known_and_how_often_it_is_needed() -> None:
    numbers = {ItemId("mug"): ItemNumber(0), ItemId("bought"): ItemNumber(1)}
    catalogue = Catalogue.build(3, [MUG], numbers, [])
    shown = dict(describe_item(catalogue, "mug"))
    assert shown["category"] == "Home > Kitchen"
    assert shown["ownership"] == "cool_down of 30 days (of the item)"
    assert dict(describe_item(catalogue, "bought"))["ownership"] == "learned from what buyers do"
    with pytest.raises(NotFoundError, match="catalog load"):
        describe_item(catalogue, "nope")
