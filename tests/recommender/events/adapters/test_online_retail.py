from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import openpyxl
import polars as pl

from recommender.events.adapters import SourceOptions, open_source
from recommender.events.vocabulary import AnyEvent, Purchase, Return

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
FIRST = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROWS = """489434,85048,15CM CHRISTMAS GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
489434,85048,15CM CHRISTMAS GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
489434,79323p,PINK CHERRY LIGHTS,1,2009-12-01 07:45:00,6.75,13085.0,United Kingdom
489434,POST,POSTAGE,1,2009-12-01 07:45:00,18,13085.0,United Kingdom
C489449,22087,PAPER BUNTING WHITE LACE,-12,2010-07-01 10:33:00,2.95,16321.0,Australia
A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,-11062.06,,United Kingdom
489464,21733,85123a mixed,-96,2009-12-01 10:52:00,0,,United Kingdom
489500,21733,RED HANGING HEART,1,2009-12-01 11:00:00,0,12346.0,United Kingdom
489501,21733,RED HANGING HEART,3,2009-12-01 11:30:00,2,,United Kingdom
"""

Load: TypeAlias = Any  # the fixture of conftest.py


def events_of(source: Any) -> list[AnyEvent]:
    return [event for event, _ in source.events()]


def test_both_published_forms_are_recognised_and_are_one_source(load: Load) -> None:
    second, first = load(SECOND + ROWS), load(FIRST + ROWS)
    assert second.shape == first.shape == "online-retail"
    assert second.time_zone == "Europe/London"
    assert events_of(second) == events_of(first)


def test_equal_rows_of_an_invoice_are_two_lines_and_codes_are_in_capitals(load: Load) -> None:
    first = events_of(load(SECOND + ROWS))[0]
    assert isinstance(first, Purchase)
    assert (first.source, first.event_id, first.customer_id) == ("online-retail", "489434/13085", "13085")
    assert [line.item_id for line in first.lines] == ["79323P", "85048", "85048", "POST"]
    assert {line.currency for line in first.lines} == {"GBP"}


def test_a_cancellation_is_a_return_at_london_time_that_names_no_order(load: Load) -> None:
    (event,) = [event for event in events_of(load(SECOND + ROWS)) if isinstance(event, Return)]
    assert event.occurred_at == datetime(2010, 7, 1, 9, 33, tzinfo=UTC)
    assert (event.lines[0].item_id, event.lines[0].quantity, event.lines[0].order_id) == ("22087", 12.0, None)


def test_accountants_and_stock_counts_are_skipped_and_samples_kept(load: Load) -> None:
    source = load(SECOND + ROWS)
    assert source.skipped == {
        "entry of the accountant (invoice A...)": 1,
        "stock count (price 0, no customer)": 1,
    }
    assert source.rejected.height == 0
    assert source.counts.guest_orders == 1
    assert "489500/12346" in [event.event_id for event in events_of(source)]


def test_postage_fees_and_vouchers_are_no_products_by_their_codes(load: Load) -> None:
    codes = [
        "POST",
        "DOT",
        "M",
        "D",
        "S",
        "B",
        "BANK CHARGES",
        "C2",
        "C3",
        "CRUK",
        "ADJUST",
        "ADJUST2",
        "AMAZONFEE",
        "PADS",
    ]
    services = [*codes, "TEST001", "gift_0001_20", "m"]
    goods = ["85123A", "85048", "DCGSSBOY", "SP1002", "15056BL"]
    rows = "".join(f"1,{code},SOME THING,1,2010-01-01 10:00,1,5,UK\n" for code in [*services, *goods])
    items = load(SECOND + rows + "1,23444,Next Day Carriage,1,2010-01-01 10:00,15,5,UK\n").items
    assert set(items.filter(pl.col("is_product"))["item_id"]) == set(goods)
    assert set(items.filter(~pl.col("is_product"))["item_id"]) == {code.upper() for code in services} | {
        "23444"
    }


def test_the_name_of_an_item_is_its_most_frequent_description_that_is_one(load: Load) -> None:
    texts = [
        "nan",
        "ebay",
        "ebay",
        "?",
        "Damaged",
        "wrongly coded",
        "RED  HEART",
        "RED HEART",
        "BLUE HEART",
        "",
    ]
    rows = "".join(f"1,21733,{text},1,2010-01-01 10:00,1,5,UK\n" for text in texts)
    assert load(SECOND + rows).items["name"].to_list() == ["RED HEART"]
    nameless = load(SECOND + "1,21733,ebay,1,2010-01-01 10:00,1,5,UK\n")
    assert nameless.items is None


def test_american_dates_of_the_first_edition_are_read_month_first(load: Load) -> None:
    source = load(FIRST + "536365,85123A,HEART,6,12/1/2010 8:26,2.55,17850,UK\n")
    assert source.counts.first == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


def test_an_invoice_repeated_far_below_is_a_copy_and_one_repeated_nearby_is_not(load: Load) -> None:
    invoice = "1,85048,BALL,1,2010-12-01 10:00,1,5,UK\n1,85049,STAR,1,2010-12-01 10:00,1,5,UK\n"
    others = "".join(f"{n},85048,BALL,1,2010-12-02 10:00,1,5,UK\n" for n in range(2, 1_100))
    source = load(SECOND + invoice + others + invoice)
    assert source.skipped == {"copy of an invoice further up (the sheets overlap)": 2}
    near = load(SECOND + invoice + "2,85048,BALL,1,2010-12-02 10:00,1,5,UK\n" + invoice)
    assert (near.skipped, near.counts.lines) == ({}, 5)


def test_the_workbook_with_its_two_sheets_is_the_same_source(load: Load, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    bought, cancelled = datetime(2009, 12, 1, 7, 45), datetime(2010, 7, 1, 10, 33)  # noqa: DTZ001 - sheets have such times
    sheets: dict[str, list[object]] = {
        "Year 2009-2010": [489434, 85048, "BALL", 12, bought, 6.95, 13085, "UK"],
        "Year 2010-2011": ["C489449", "22087", "PAPER", -12, cancelled, 2.95, None, "UK"],
    }
    for name, row in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(SECOND.strip().split(","))
        sheet.append(row)
    book.save(tmp_path / "online_retail_II.xlsx")
    source = open_source(str(tmp_path / "online_retail_II.xlsx"), SourceOptions(), now=NOW)
    assert (source.shape, source.counts.events) == ("online-retail", 2)
    csv_form = load(SECOND + "489434,85048,BALL,12,2009-12-01 07:45:00,6.95,13085.0,UK\n")
    assert events_of(source)[0] == events_of(csv_form)[0]


def test_the_prepared_parquet_takes_its_names_from_the_file_beside_it(tmp_path: Path, load: Load) -> None:
    frame = pl.DataFrame(
        {
            "customer_id": ["13085", None],
            "item_id": ["85048", "POST"],
            "ts": [datetime(2009, 12, 1, 7, 45), datetime(2010, 7, 1, 10)],  # noqa: DTZ001 - files have such times
            "quantity": [12.0, 1.0],
            "price": [6.95, 18.0],
            "order_id": ["489434", "489435"],
            "country": ["UK", "UK"],
            "is_cancellation": [False, False],
        }
    )
    frame.write_parquet(tmp_path / "interactions.parquet")
    pl.DataFrame({"item_id": ["85048", "POST"], "name": ["BALL", "nan"]}).write_parquet(
        tmp_path / "items.parquet"
    )
    source = open_source(str(tmp_path / "interactions.parquet"), SourceOptions(), now=NOW)
    assert source.counts.guest_orders == 1
    assert source.items is not None
    assert source.items.select("item_id", "name", "is_product").rows() == [
        ("85048", "BALL", True),
        ("POST", None, False),
    ]
    as_csv = load(SECOND + "489434,85048,BALL,12,2009-12-01 07:45:00,6.95,13085.0,UK\n")
    assert events_of(source)[0] == events_of(as_csv)[0]


def test_named_columns_come_before_a_known_shape(load: Load) -> None:
    columns = {"customer_id": "Customer ID", "item_id": "StockCode", "occurred_at": "InvoiceDate"}
    assert load(SECOND + ROWS, columns=columns).shape == "orders"
