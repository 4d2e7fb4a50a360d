from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters import EventSource, SourceOptions, open_source
from recommender.events.adapters.complete_journey import complete_journey_file
from recommender.events.vocabulary import Purchase

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRODUCTS = [
    # id, department, brand, category, type, size
    (1, "GROCERY", "Private", "COOKIES/CONES", "SPECIALTY COOKIES", "14 OZ"),
    (2, "FUEL", "National", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED", None),
    (3, "COUPON", "National", "COUPONS/STORE & MFG", "COUPONS/STORE & MFG", None),
    (4, "MISCELLANEOUS", "National", None, None, None),
    (5, "DRUG GM", "National", "CANDY - PACKAGED", "CANDY BARS (SINGLES)(INCLUDING", "1.3 OZ"),
]
TILL = [
    # household, store, basket, product, quantity, sales value
    (900, 330, 100, 1, 2, 5.0),
    (900, 330, 100, 2, 10_004, 24.04),
    (900, 330, 101, 2, 1, 15.0),
    (900, 330, 101, 9, 1, 1.0),
    (901, 331, 102, 3, 0, 0.0),
    (901, 331, 102, 5, 3, 5.0),
]


@pytest.fixture
def till(tmp_path: Path) -> EventSource:
    names = ["product_id", "department", "brand", "product_category", "product_type", "package_size"]
    pl.DataFrame(PRODUCTS, schema=names, orient="row").write_parquet(tmp_path / "products.parquet")
    names = ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value"]
    at = pl.lit(datetime(2017, 7, 1, 12)).alias("transaction_timestamp")  # noqa: DTZ001 - the package has such times
    pl.DataFrame(TILL, schema=names, orient="row").with_columns(at).write_parquet(
        tmp_path / "transactions.parquet"
    )
    return open_source(str(tmp_path / "transactions.parquet"), SourceOptions(), now=NOW)


def test_baskets_are_orders_of_households_at_utc(till: EventSource) -> None:
    first = next(event for event, _ in till.events())
    assert isinstance(first, Purchase)
    assert (first.event_id, first.customer_id, first.store_id) == ("100/900", "900", "330")
    assert (first.channel, first.occurred_at) == ("store", datetime(2017, 7, 1, 12, tzinfo=UTC))
    assert till.time_zone == "UTC"


def test_unit_price_is_what_the_till_took_per_piece_and_fuel_is_in_gallons(till: EventSource) -> None:
    lines = [line for event, _ in till.events() if isinstance(event, Purchase) for line in event.lines]
    found = {(line.item_id, line.quantity, str(line.unit_price)) for line in lines}
    assert found == {
        ("1", 2.0, "2.5"),
        ("2", 10.004, "2.403039"),
        ("2", 1.0, "15.0"),
        ("9", 1.0, "1.0"),
        ("5", 3.0, "1.666667"),
    }


def test_rows_of_quantity_zero_are_rejected(till: EventSource) -> None:
    assert till.rejected.select("line", "column", "reason").rows() == [("6", "quantity", "is 0")]


def test_the_catalogue_comes_with_names_paths_and_what_is_no_product(till: EventSource) -> None:
    assert till.items is not None
    assert till.items.rows() == [
        (
            "1",
            "Specialty Cookies, 14 oz, private label",
            ["GROCERY", "COOKIES/CONES", "SPECIALTY COOKIES"],
            True,
        ),
        (
            "2",
            "Gasoline-Reg Unleaded",
            ["FUEL", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED"],
            True,
        ),
        (
            "3",
            "Coupons/Store & Mfg",
            ["COUPON", "COUPONS/STORE & MFG", "COUPONS/STORE & MFG"],
            False,
        ),
        ("4", "Miscellaneous", ["MISCELLANEOUS"], False),
        (
            "5",
            "Candy Bars (Singles), 1.3 oz",
            ["DRUG GM", "CANDY - PACKAGED", "CANDY BARS (SINGLES)(INCLUDING"],
            True,
        ),
        ("9", None, None, False),
    ]


def test_transactions_without_their_products_are_refused(tmp_path: Path) -> None:
    pl.read_parquet(complete_journey_file(), n_rows=3).write_parquet(tmp_path / "transactions.parquet")
    with pytest.raises(InvalidSourceError, match="products"):
        open_source(str(tmp_path / "transactions.parquet"), SourceOptions(), now=NOW)


def test_the_package_holds_the_published_number_of_rows() -> None:
    assert pl.scan_parquet(complete_journey_file()).select(pl.len()).collect().item() == 1_469_307
