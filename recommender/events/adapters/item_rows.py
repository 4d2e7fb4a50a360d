"""Items of a file of order lines: the name each one goes by, its category, and whether it can be offered."""

import polars as pl

from recommender.events.adapters.shapes import Shape

CATEGORY_SEPARATOR = ">"
LONGEST_NAME = 256


def item_rows(lines: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Return item_id, name, category (list, broad to narrow) and is_product, by item id.

    The name is the most frequent description that is one (``shape.good_name``), the first in the alphabet among equals.
    Lines without any description or category give no rows, unless the shape knows what is no product.
    """
    named = _most_frequent(lines.rename({"item_name": "name"}), "name", shape.good_name)
    categorised = _most_frequent(lines, "category", pl.lit(value=True))
    items = (
        lines.select(pl.col("item_id").unique().sort())
        .join(named, on="item_id", how="left", maintain_order="left")
        .join(categorised, on="item_id", how="left", maintain_order="left")
    )
    path = pl.col("category").str.split(CATEGORY_SEPARATOR).list.eval(pl.element().str.strip_chars())
    judged = items.with_columns(
        path.list.eval(pl.element().filter(pl.element() != "")), shape.is_product.alias("is_product")
    )
    return judged.filter(
        pl.col("name").is_not_null() | pl.col("category").is_not_null() | ~pl.col("is_product")
    )


def _most_frequent(lines: pl.DataFrame, column: str, good: pl.Expr) -> pl.DataFrame:
    texts = lines.select("item_id", column).drop_nulls()
    clean = pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars().str.slice(0, LONGEST_NAME)
    written = texts.group_by("item_id", column).len().with_columns(clean.alias(column)).filter(good)
    counted = written.group_by("item_id", column).agg(pl.col("len").sum())
    best = counted.sort(["len", column], descending=[True, False]).unique("item_id", keep="first")
    return best.select("item_id", column)
