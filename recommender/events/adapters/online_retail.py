"""UCI Online Retail I and II: as published (XLSX, CSV) and as one prepared table (Parquet).

Both forms, and both data sets, are one source: an invoice loaded from one of them is the same event in the other.
The rules below come from the published description and from the rows themselves.

- Times are the shop's wall clock, Europe/London.
- An invoice that begins with ``C`` gives goods back, and so does a negative quantity. It has its own number and does
  not name the invoice it cancels: the newest purchases are taken back first.
- Invoices that begin with ``A`` are entries of the accountant (bad debt): skipped.
- Price 0 without a customer is the warehouse counting (damaged, lost, found): skipped. Price 0 with a customer is a
  free sample, which they own now: kept.
- The two sheets overlap by nine days, also where somebody put them together in one CSV: an invoice that appears again,
  the same row for row, more than 1,000 rows later is a copy: skipped. Equal rows within an invoice are two lines.
- A stock code names a product when it starts with five digits, with ``DCGS`` or with ``SP`` and a digit, and
  when its name is not a carriage. What remains is no product: POST, DOT, C2, C3 (postage), M, D, ADJUST (manual entries), BANK
  CHARGES, AMAZONFEE, CRUK (fees), S, TEST001, PADS, and gift vouchers, which are a way to pay.
- Codes are written in capitals: ``85123a`` is ``85123A``.
- A description is a name when it has a capital letter and is no warehouse note; the most frequent one wins.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from recommender.events.adapters.shapes import SKIP, Shape, Skip

ORIGINAL = {
    "invoice": "order_id",
    "invoiceno": "order_id",
    "stockcode": "item_id",
    "description": "item_name",
    "quantity": "quantity",
    "invoicedate": "occurred_at",
    "price": "unit_price",
    "unitprice": "unit_price",
    "customerid": "customer_id",
}
PREPARED = {
    "customer_id": "customer_id",
    "item_id": "item_id",
    "ts": "occurred_at",
    "quantity": "quantity",
    "price": "unit_price",
    "order_id": "order_id",
}
NEEDED = {"order_id", "item_id", "quantity", "occurred_at", "unit_price", "customer_id"}
COPY_DISTANCE = 1_000
NOTE = (
    r"(?i)\b(?:ebay|amazon|dotcom(?:giftshop)?$|damage[ds]?|damages?/\w+|check(?:ed)?|lost|found|faulty|missing|mixed|adjust\w*"
    r"|wrong\w*|thrown|given away|sold as|rusty|crushed|smashed|mouldy|wet|returned|counted|throw|credit|stock)\b"
)
CARRIAGE = r"(?i)\b(?:POSTAGE|CARRIAGE)\b"
PRODUCT_CODE = r"^(?:\d{5}|DCGS|SP\d)"


def online_retail_shape(columns: Sequence[str]) -> Shape | None:
    """Return the shape when these are the columns of Online Retail, else ``None``.

    Examples
    --------
    >>> online_retail_shape(["sku"]) is None
    True
    """
    if {*PREPARED, "is_cancellation"} <= set(columns):
        return _shape({ours: theirs for theirs, ours in PREPARED.items()} | {"item_name": "item_name"})
    found = {ORIGINAL.get(name.replace(" ", "").replace("_", "").lower()): name for name in columns}
    mapping = {ours: theirs for ours, theirs in found.items() if ours is not None}
    return (
        _shape(mapping) if mapping.keys() >= NEEDED and "stockcode" in {c.lower() for c in columns} else None
    )


def _shape(mapping: dict[str, str]) -> Shape:
    price, nobody = pl.col("unit_price"), pl.col("customer_id").is_null()
    invoice = pl.col("order_id")
    return Shape(
        name="online-retail",
        title="UCI Online Retail",
        source_name="online-retail",
        columns=mapping,
        time_zone="Europe/London",
        date_order="mdy",
        currency="GBP",
        channel="web",
        prepare=lambda frame, path: _prepare(frame, mapping, path),
        skips=(
            Skip("entry of the accountant (invoice A...)", invoice.str.starts_with("A")),
            Skip("stock count (price 0, no customer)", (price == 0) & nobody),
        ),
        is_return=(pl.col("quantity") < 0) | invoice.str.starts_with("C"),
        returns_name_order=False,
        good_name=_is_name(pl.col("name")),
        is_product=pl.col("item_id").str.contains(PRODUCT_CODE)
        & ~pl.col("name").fill_null("").str.contains(CARRIAGE),
    )


def _is_name(name: pl.Expr) -> pl.Expr:
    """Return where a description is a name: notes are scribbled, names are printed in capitals."""
    scribbled = (name != name.str.to_uppercase()) & name.str.contains(NOTE)
    return (
        name.str.contains(r"[A-Z]{2}|[A-Z].*[a-z]{3}")
        & (name.str.len_chars() > 3)
        & ~scribbled
        & ~name.str.contains(r"\?")
    )


def _prepare(frame: pl.DataFrame, mapping: dict[str, str], path: Path) -> pl.DataFrame:
    tidy = frame.with_columns(
        pl.col(mapping["item_id"]).cast(pl.String).str.strip_chars().str.to_uppercase(),
        *(_whole(pl.col(mapping[name])) for name in ("customer_id", "order_id")),
    )
    if "is_cancellation" in frame.columns:
        return tidy.join(
            _names_beside(path),
            left_on=mapping["item_id"],
            right_on="item_id",
            how="left",
            maintain_order="left",
        )
    return tidy.with_columns(_is_copy(tidy, mapping["order_id"]).alias(SKIP))


def _whole(column: pl.Expr) -> pl.Expr:
    """Return ids as text, without the ``.0`` that spreadsheets add to numbers."""
    return column.cast(pl.String).str.strip_chars().str.strip_suffix(".0")


def _names_beside(path: Path) -> pl.DataFrame:
    """Return item_id and item_name of ``items.parquet`` in the same folder; no rows when there is none."""
    beside = path.with_name("items.parquet")
    if not beside.is_file():
        return pl.DataFrame(schema={"item_id": pl.String, "item_name": pl.String})
    return (
        pl.read_parquet(beside, columns=["item_id", "name"]).rename({"name": "item_name"}).unique("item_id")
    )


def _is_copy(frame: pl.DataFrame, invoice: str) -> pl.Series:
    """Return the reason on rows of an invoice that stood before, row for row, more than 1,000 rows above."""
    content = [name for name in frame.columns if not name.startswith("__")]
    rows = frame.select(
        pl.col(invoice).alias("invoice"),
        pl.col(invoice).ne_missing(pl.col(invoice).shift()).cum_sum().alias("run"),
        pl.struct(content).hash(0).alias("content"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("position"),
    )
    runs = rows.group_by("invoice", "run").agg(
        pl.col("content").sort().hash(0).sum(), pl.len().alias("rows"), pl.col("position").min()
    )
    first = pl.col("position").min().over("invoice", "content", "rows")
    copies = runs.filter(pl.col("position") > first + COPY_DISTANCE).select("run")
    again = rows["run"].is_in(copies["run"].implode())
    reason = "copy of an invoice further up (the sheets overlap)"
    return pl.select(pl.when(again).then(pl.lit(reason)).otherwise(None)).to_series()
