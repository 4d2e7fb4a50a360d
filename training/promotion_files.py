"""Promotion files: a row per item, period and place, in CSV, Parquet, JSON Lines or XLSX.

Places are counted, not kept: what is promoted in 30 of 120 stores becomes one promotion with a share of a quarter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import polars as pl

from recommender.catalog import Catalogue
from recommender.catalog.promotion import MOST_KINDS
from recommender.errors import InvalidSourceError
from recommender.events.adapters.columns import complete_mapping
from recommender.events.adapters.read_table import read_table
from recommender.events.adapters.table import Table, line_label
from recommender.events.adapters.timestamps import check_time_zone, read_times
from training.catalog_files import cell_text
from training.promotion_checks import checked_rows

PROMOTION_COLUMNS: Final = (
    "item_id",
    "item_group_id",
    "from",
    "until",
    "kind",
    "price",
    "discount",
    "where",
    "share",
    "announced_at",
    "withdrawn_at",
)
MOMENTS: Final = ("from", "until", "announced_at", "withdrawn_at")
DEFAULT_KIND: Final = "promotion"
PLAN_KEY: Final = ("item_id", "kind", "from", "until", "announced_at")


@dataclass(frozen=True, slots=True)
class PromotionOptions:
    """How to read a promotion file.

    ``lead`` is how long before its begin a promotion was known where the file does not say. ``places`` is how many
    places the shop has; None: as many as the file names. Promotions in less than ``least_share`` of them are left out.
    """

    columns: Mapping[str, str]
    time_zone: str = "UTC"
    lead: timedelta = timedelta(0)
    places: int | None = None
    least_share: float = 0.0


@dataclass(frozen=True, slots=True)
class PromotionFile:
    """What a promotion file holds.

    Attributes
    ----------
    plan
        One row per promotion, sorted: item_id, kind, from, until, announced_at, withdrawn_at (UTC), share, discount, price;
        withdrawn_at (null: nowhere called off, or not everywhere), discount and price may be null.
    rows
        Rows of the file.
    rejected
        Rows set aside: line, column, value, reason.
    """

    plan: pl.DataFrame
    rows: int
    rejected: pl.DataFrame
    columns: dict[str, str]
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bad_share(self) -> float:
        """Rejected rows among all rows, 0 to 1."""
        return self.rejected.height / max(1, self.rows)


def read_promotion_file(path: Path, options: PromotionOptions, catalogue: Catalogue) -> PromotionFile:
    """Return the promotions of a file, each checked.

    Parameters
    ----------
    catalogue
        Knows the items, and which of them are one group.

    Raises
    ------
    InvalidSourceError
        It cannot be read, a column is missing, or it names more kinds or places than there can be.
    """
    table = read_table(path)
    columns = complete_mapping(options.columns, table.columns, PROMOTION_COLUMNS)
    _require(columns, table)
    rows = _parsed(table, columns, options)
    sound, rejected = checked_rows(rows, columns, catalogue)
    plan, notes = plan_of(_items_of_groups(sound, catalogue), options)
    used = set(columns.values())
    return PromotionFile(
        plan=plan,
        rows=table.rows,
        rejected=pl.concat([table.rejected, rejected]),
        columns=columns,
        ignored=tuple(name for name in table.columns if name not in used),
        notes=table.notes + notes,
    )


def plan_of(rows: pl.DataFrame, options: PromotionOptions) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return one row per promotion from sound rows per place, and what a person should know of it.

    The share is that of the places; a row without a place is everywhere. Discounts and prices of several places
    are averaged.

    Raises
    ------
    InvalidSourceError
        More places than ``options.places``, or more kinds than can be columns.
    """
    _refuse_many_kinds(rows)
    named = rows["where"].drop_nulls().n_unique()
    places = named if options.places is None else options.places
    if named > places:
        raise InvalidSourceError(
            "the file names more places than --places",
            expected=f"at most {places:,}",
            found=f"{named:,}",
            remedy="say how many places the shop has, or leave --places out",
        )
    everywhere = pl.col("where").is_null().any()
    share = pl.when(everywhere).then(1.0).otherwise(pl.col("where").n_unique() / max(places, 1))
    withdrawn = pl.col("withdrawn_at")
    plan = rows.group_by(PLAN_KEY).agg(
        pl.when(withdrawn.is_not_null().all()).then(withdrawn.max()).alias("withdrawn_at"),
        pl.min_horizontal(1.0, share * pl.col("share").max()).alias("share"),
        pl.col("discount").mean(),
        pl.col("price").mean().round(6),
    )
    kept = plan.filter(pl.col("share") >= options.least_share).sort(PLAN_KEY)
    return kept, tuple(_notes(plan, kept, places, options))


def _notes(plan: pl.DataFrame, kept: pl.DataFrame, places: int, options: PromotionOptions) -> list[str]:
    notes = []
    if places:
        notes.append(f"{places:,} places; each promotion holds the share of them that it runs in")
    if plan.height > kept.height:
        left = plan.height - kept.height
        notes.append(f"{left:,} promotions in less than {options.least_share:.0%} of the places are left out")
    return notes


def _refuse_many_kinds(rows: pl.DataFrame) -> None:
    kinds = rows["kind"].n_unique()
    if kinds > MOST_KINDS:
        raise InvalidSourceError(
            "the kinds are too many",
            expected=f"at most {MOST_KINDS} words such as display, mailer, coupon or discount",
            found=f"{kinds:,}",
            remedy="map another column: --columns kind=...",
        )


def _require(columns: Mapping[str, str], table: Table) -> None:
    missing = [name for name in ("from", "until") if name not in columns]
    if not {"item_id", "item_group_id"} & columns.keys():
        missing.insert(0, "item_id (or item_group_id)")
    if missing:
        raise InvalidSourceError(
            "the columns of the promotions are not known",
            expected=", ".join(missing),
            found=", ".join(map(repr, table.columns[:20])),
            remedy="say which is which: --columns item_id=sku,from=start,until=end",
        )


def _parsed(table: Table, columns: Mapping[str, str], options: PromotionOptions) -> pl.DataFrame:
    """Return a column per part of a promotion, null where the file says nothing, with its text beside it as ``text:...``."""
    frame, zone = table.frame, check_time_zone(options.time_zone)
    texts = {name: cell_text(frame, column, ">") for name, column in columns.items()}
    for name in {"price", "discount", "share"} & texts.keys() if table.decimal_comma else ():
        texts[name] = texts[name].str.replace(",", ".", literal=True)
    cells = frame.select(
        line_label(frame).alias("line"), *(text.alias(f"text:{name}") for name, text in texts.items())
    )
    cells = cells.with_columns(
        pl.lit(None, pl.String).alias(f"text:{name}") for name in PROMOTION_COLUMNS if name not in columns
    )
    times = [
        read_times(frame[columns[name]], zone).at.alias(name)
        if name in columns
        else pl.lit(None, pl.Datetime("us", "UTC")).alias(name)
        for name in MOMENTS
    ]
    return cells.with_columns(*times).with_columns(
        *(pl.col(f"text:{name}").alias(name) for name in ("item_id", "item_group_id", "where")),
        pl.col("text:kind").fill_null(DEFAULT_KIND).alias("kind"),
        pl.col("text:price").cast(pl.Float64, strict=False).alias("price"),
        _part("discount").alias("discount"),
        pl.when(pl.col("text:share").is_null()).then(1.0).otherwise(_part("share")).alias("share"),
        pl.coalesce(
            "announced_at", pl.when(pl.col("text:announced_at").is_null()).then(pl.col("from") - options.lead)
        ).alias("announced_at"),
    )


def _part(name: str) -> pl.Expr:
    """Return ``0.2`` for ``0.2`` and for ``20 %``."""
    text = pl.col(f"text:{name}")
    percent = text.str.strip_suffix("%").str.strip_chars().cast(pl.Float64, strict=False) / 100
    return pl.when(text.str.ends_with("%")).then(percent).otherwise(text.cast(pl.Float64, strict=False))


def _items_of_groups(rows: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return the rows with every row of a group in place of the group."""
    groups = [
        (item.item_group_id, item.item_id)
        for item in catalogue.items.values()
        if item.item_group_id is not None
    ]
    members = pl.DataFrame(groups, schema={"item_group_id": pl.String, "item_id": pl.String}, orient="row")
    of_group = rows.filter(pl.col("item_id").is_null()).drop("item_id").join(members, on="item_group_id")
    of_item = rows.filter(pl.col("item_id").is_not_null())
    return pl.concat([of_item, of_group.select(of_item.columns)])
