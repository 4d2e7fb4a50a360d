"""Which rows of a promotion file can be taken, column by column."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from recommender.catalog import Catalogue
from recommender.catalog.checking import LARGEST_PRICE
from recommender.catalog.promotion import LONGEST_KIND
from recommender.events.adapters.rejects import LONGEST_VALUE, REJECT_COLUMNS

_REASON: Final = "__reason"
_COLUMN: Final = "__column"


def checked_rows(
    rows: pl.DataFrame, columns: Mapping[str, str], catalogue: Catalogue
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the sound rows, and the others as line, column, value and the first reason against them.

    Parameters
    ----------
    rows
        Per part of a promotion a column with its value, and ``text:<part>`` with what the file says.
    columns
        Part of a promotion to column of the file, for the person who mends it.
    catalogue
        Knows the items and groups.
    """
    faults = _faults(catalogue)
    judged = rows.with_columns(
        pl.coalesce(pl.when(bad).then(pl.lit(reason)) for _, bad, reason in faults).alias(_REASON),
        pl.coalesce(pl.when(bad).then(pl.lit(part)) for part, bad, _ in faults).alias(_COLUMN),
    )
    bad = judged.filter(pl.col(_REASON).is_not_null())
    sound = judged.filter(pl.col(_REASON).is_null())
    return sound.drop(_REASON, _COLUMN), _rejected(bad, columns)


def _rejected(bad: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    said = [pl.when(pl.col(_COLUMN) == part).then(pl.col(f"text:{part}")) for part in bad[_COLUMN].unique()]
    value = pl.coalesce(*said, pl.lit(None, pl.String))
    return bad.select(
        pl.col("line"),
        pl.col(_COLUMN).replace(dict(columns)).alias("column"),
        value.fill_null("").str.slice(0, LONGEST_VALUE).alias("value"),
        pl.col(_REASON).alias("reason"),
    ).select(REJECT_COLUMNS)


def _faults(catalogue: Catalogue) -> list[tuple[str, pl.Expr, str]]:
    """Return part, condition and reason of every fault, in the order in which they are told."""
    return [*_item_faults(catalogue), *_time_faults(), *_number_faults()]


def _item_faults(catalogue: Catalogue) -> list[tuple[str, pl.Expr, str]]:
    item, group = pl.col("item_id"), pl.col("item_group_id")
    items = pl.Series(list(catalogue.numbers), dtype=pl.String)
    groups = {one.item_group_id for one in catalogue.items.values() if one.item_group_id is not None}
    of_groups = pl.Series(sorted(groups), dtype=pl.String)
    kind = pl.col("kind")
    return [
        ("item_id", item.is_null() & group.is_null(), "is missing, and so is a group"),
        (
            "item_id",
            item.is_not_null() & ~item.is_in(items.implode()),
            "is no item of the catalogue, and was never bought",
        ),
        ("item_group_id", item.is_null() & ~group.is_in(of_groups.implode()), "is no group of the catalogue"),
        ("kind", kind.str.len_chars() > LONGEST_KIND, f"is longer than {LONGEST_KIND} characters"),
        ("kind", kind.str.contains(r"\p{C}"), "holds a character that is no text"),
    ]


def _time_faults() -> list[tuple[str, pl.Expr, str]]:
    begin, end, known = pl.col("from"), pl.col("until"), pl.col("announced_at")
    written = [
        (name, pl.col(name).is_null() & pl.col(f"text:{name}").is_not_null(), "is not a date or time")
        for name in ("from", "until", "announced_at", "withdrawn_at")
    ]
    return [
        ("from", pl.col("text:from").is_null(), "is missing"),
        ("until", pl.col("text:until").is_null(), "is missing"),
        *written,
        ("until", end <= begin, "is not after the begin"),
        ("announced_at", known >= end, "is not before the end"),
    ]


def _number_faults() -> list[tuple[str, pl.Expr, str]]:
    price, discount, share = pl.col("price"), pl.col("discount"), pl.col("share")
    has_price, has_discount = pl.col("text:price").is_not_null(), pl.col("text:discount").is_not_null()
    return [
        ("price", has_price & has_discount, "stands beside a discount; give one of them"),
        ("price", has_price & (price.is_null() | price.is_nan()), "is not a number"),
        ("price", ~price.is_between(0, float(LARGEST_PRICE)), "is below 0 or too large"),
        ("discount", has_discount & (discount.is_null() | discount.is_nan()), "is not a number"),
        ("discount", ~discount.is_between(0, 1), "is not between 0 and 1; write 0.2 or 20%"),
        ("share", share.is_null() | share.is_nan(), "is not a number"),
        ("share", ~((share > 0) & (share <= 1)), "is not above 0 and at most 1; write 0.2 or 20%"),
    ]
