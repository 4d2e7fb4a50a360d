"""Promotion files in every format, and what is wrong with them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from recommender.catalog import CatalogItem, Catalogue
from recommender.errors import InvalidSourceError
from recommender.types import ItemId, ItemNumber
from training.promotion_files import PromotionFile, PromotionOptions, read_promotion_file
from training.promotion_loading import promotions_in

ITEMS = [
    CatalogItem(item_id="mug", item_group_id="mugs"),
    CatalogItem(item_id="cup", item_group_id="mugs"),
    CatalogItem(item_id="7"),
]
NUMBERS = {ItemId(item.item_id): ItemNumber(number) for number, item in enumerate(ITEMS)} | {
    ItemId("sold"): ItemNumber(3)
}
SHOP = Catalogue.build(1, ITEMS, NUMBERS)
JUNE = datetime(2024, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
HEAD = "item_id,from,until,kind\n"


def read(
    tmp_path: Path, content: str, name: str = "plan.csv", **options: Any
) -> PromotionFile:  # options vary by test
    (tmp_path / name).write_text(content)
    return read_promotion_file(tmp_path / name, PromotionOptions(options.pop("columns", {}), **options), SHOP)


def reasons(file: PromotionFile) -> list[tuple[str, str, str, str]]:
    return [(row[0], row[1], row[2], row[3]) for row in file.rejected.iter_rows()]


def test_a_promotion_is_an_item_a_period_and_a_kind(tmp_path: Path) -> None:
    (one,) = promotions_in(read(tmp_path, HEAD + "mug,2024-06-01,2024-06-08,display\n").plan)
    assert (one.item_id, one.kind, one.active_from, one.active_until) == ("mug", "display", JUNE, JUNE + WEEK)
    assert (one.share, one.discount, one.price, one.withdrawn_at) == (1.0, None, None, None)
    assert one.announced_at == JUNE, "nobody is known to have known of it before"


def test_when_it_was_known_is_written_or_follows_from_the_lead(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        "item_id,from,until,announced_at\nmug,2024-06-01,2024-06-08,2024-05-01\ncup,2024-06-01,2024-06-08,\n",
        lead=WEEK,
    )
    known = {one.item_id: one.announced_at for one in promotions_in(file.plan)}
    assert known == {"mug": datetime(2024, 5, 1, tzinfo=UTC), "cup": JUNE - WEEK}
    assert file.plan["kind"].unique().to_list() == ["promotion"]


def test_places_become_a_share(tmp_path: Path) -> None:
    rows = (
        "mug,2024-06-01,2024-06-08,1\n" * 2
        + "mug,2024-06-01,2024-06-08,2\ncup,2024-06-01,2024-06-08,3\n7,2024-06-01,2024-06-08,\n"
    )
    content = "item_id,from,until,where\n" + rows
    shares = dict(read(tmp_path, content).plan.select("item_id", "share").iter_rows())
    assert shares == {"mug": 2 / 3, "cup": 1 / 3, "7": 1.0}
    wide = read(tmp_path, content, places=10, least_share=0.15)
    assert dict(wide.plan.select("item_id", "share").iter_rows()) == {"mug": 0.2, "7": 1.0}
    assert "1 promotions in less than 15% of the places are left out" in wide.notes
    with pytest.raises(InvalidSourceError, match="more places than --places"):
        read(tmp_path, content, places=2)


def test_terms_of_several_places_are_averaged(tmp_path: Path) -> None:
    content = "item_id,from,until,where,discount,price\nmug,2024-06-01,2024-06-08,1,10%,\nmug,2024-06-01,2024-06-08,2,0.3,\ncup,2024-06-01,2024-06-08,1,,2.5\n"
    cup, mug = promotions_in(read(tmp_path, content).plan)
    assert (mug.discount, mug.price) == (0.2, None)
    assert (cup.discount, str(cup.price)) == (None, "2.5")


def test_a_group_is_all_its_items(tmp_path: Path) -> None:
    content = "item_group_id,item_id,from,until\nmugs,,2024-06-01,2024-06-08\n,7,2024-06-01,2024-06-08\n"
    assert read(tmp_path, content).plan["item_id"].to_list() == ["7", "cup", "mug"]


def test_it_was_called_off_where_it_was_everywhere(tmp_path: Path) -> None:
    content = "item_id,from,until,where,withdrawn_at\nmug,2024-06-01,2024-06-08,1,2024-06-02\nmug,2024-06-01,2024-06-08,2,\ncup,2024-06-01,2024-06-08,1,2024-06-02\n"
    found = {one.item_id: one.withdrawn_at for one in promotions_in(read(tmp_path, content).plan)}
    assert found == {"mug": None, "cup": datetime(2024, 6, 2, tzinfo=UTC)}


def test_columns_have_other_names_and_times_their_zone(tmp_path: Path) -> None:
    content = (
        "sku;start;ende;rabatt;colour\nmug;01.06.2024;08.06.2024;0,25;red\n7;01.06.2024;28.06.2024;0,5;red\n"
    )
    file = read(
        tmp_path,
        content,
        columns={"item_id": "sku", "from": "start", "until": "ende", "discount": "rabatt"},
        time_zone="Europe/Berlin",
    )
    found = {one.item_id: (one.discount, one.active_from) for one in promotions_in(file.plan)}
    assert found == {"mug": (0.25, JUNE - timedelta(hours=2)), "7": (0.5, JUNE - timedelta(hours=2))}
    assert file.ignored == ("colour",)


def test_the_same_plan_comes_from_every_format(tmp_path: Path) -> None:
    expected = read(tmp_path, "item_id,from,until,kind,discount\n7,2024-06-01,2024-06-08,mailer,0.2\n").plan
    day = datetime(2024, 6, 1)  # noqa: DTZ001 - as files have it
    rows: list[dict[str, object]] = [
        {"item_id": 7, "from": day, "until": day + WEEK, "kind": "mailer", "discount": 0.2}
    ]
    frame = pl.DataFrame(rows)
    frame.write_parquet(tmp_path / "a.parquet")
    frame.with_columns(pl.col("from", "until").dt.to_string("%Y-%m-%d")).write_ndjson(tmp_path / "a.jsonl")
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    book.active.append(list(rows[0].values()))
    book.save(tmp_path / "a.xlsx")
    for name in ("a.parquet", "a.jsonl", "a.xlsx"):
        assert read_promotion_file(tmp_path / name, PromotionOptions({}), SHOP).plan.equals(expected), name


@pytest.mark.parametrize(
    ("head", "row", "column", "reason"),
    [
        ("item_id,from,until", "pot,2024-06-01,2024-06-08", "item_id", "is no item of the catalogue, and was never bought"),
        ("item_id,from,until", ",2024-06-01,2024-06-08", "item_id", "is missing, and so is a group"),
        ("item_group_id,from,until", "pots,2024-06-01,2024-06-08", "item_group_id", "is no group of the catalogue"),
        ("item_id,from,until", "mug,,2024-06-08", "from", "is missing"),
        ("item_id,from,until", "mug,2024-06-01,soon", "until", "is not a date or time"),
        ("item_id,from,until", "mug,2024-06-08,2024-06-08", "until", "is not after the begin"),
        ("item_id,from,until,announced_at", "mug,2024-06-01,2024-06-08,2024-06-08", "announced_at", "is not before the end"),
        ("item_id,from,until,price,discount", "mug,2024-06-01,2024-06-08,1,0.1", "price", "stands beside a discount; give one of them"),
        ("item_id,from,until,price", "mug,2024-06-01,2024-06-08,cheap", "price", "is not a number"),
        ("item_id,from,until,price", "mug,2024-06-01,2024-06-08,-1", "price", "is below 0 or too large"),
        ("item_id,from,until,discount", "mug,2024-06-01,2024-06-08,20", "discount", "is not between 0 and 1; write 0.2 or 20%"),
        ("item_id,from,until,share", "mug,2024-06-01,2024-06-08,0", "share", "is not above 0 and at most 1; write 0.2 or 20%"),
        ("item_id,from,until,share", "mug,2024-06-01,2024-06-08,x", "share", "is not a number"),
        ("item_id,from,until,kind", f"mug,2024-06-01,2024-06-08,{'k' * 65}", "kind", "is longer than 64 characters"),
    ],
)  # fmt: skip
def test_a_bad_row_is_set_aside_with_its_reason(
    tmp_path: Path, head: str, row: str, column: str, reason: str
) -> None:
    good = {"item_id": "mug", "item_group_id": "mugs", "from": "2024-06-01", "until": "2024-06-08"}
    file = read(
        tmp_path, f"{head}\n{row}\n" + ",".join(good.get(name, "") for name in head.split(",")) + "\n"
    )
    value = row.split(",")[head.split(",").index(column)]
    assert reasons(file) == [("2", column, value, reason)]
    assert file.bad_share == 0.5
    assert set(file.plan["item_id"]) <= {"mug", "cup"}


def test_an_item_that_was_only_ever_bought_can_be_promoted(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + "sold,2024-06-01,2024-06-08,display\n").plan.height == 1


def test_a_file_without_its_columns_or_with_names_for_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSourceError, match="item_id \\(or item_group_id\\), until"):
        read(tmp_path, "sku,from\nmug,2024-06-01\n")
    many = "".join(f"mug,2024-06-01,2024-06-08,k{number}\n" for number in range(33))
    with pytest.raises(InvalidSourceError, match="the kinds are too many"):
        read(tmp_path, HEAD + many)
