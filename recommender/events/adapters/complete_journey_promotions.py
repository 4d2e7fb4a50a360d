"""Displays, mailers and coupons of The Complete Journey, as its package carries them beside the transactions.

- ``promotions.parquet`` says per product, store and week where it was displayed and which part of the mailer showed it. Weeks begin on
  Monday at midnight in New York: the transactions of a week begin at 5:00 UTC, and at 4:00 in summer. The 1st of them began on
  26 December 2016.
- A share is of the stores that the file names for that week (107 to 110); 0.3 % of the products and weeks have a store twice, which is
  counted twice. The stores where nothing is ever promoted hold 1.3 % of the lines.
- A mailer's front, back and wrap are a kind of their own beside ``mailer``: they are seen by whoever does not open it.
- Coupons belong to campaigns, which some households receive: the share is that of the households, and the days are those of the campaign,
  the last one included.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

FILES: Final = ("promotions.parquet", "coupons.parquet", "campaigns.parquet", "campaign_descriptions.parquet")
TIME_ZONE: Final = "America/New_York"
COVERS: Final = ("D", "F", "H", "L", "Z")
"""Places in a mailer that are seen without opening it: front, back and wrap."""

_FIRST_WEEK: Final = datetime(2016, 12, 26)  # noqa: DTZ001 - a local time, placed in its zone below


def complete_journey_promotions(transactions: Path) -> pl.DataFrame | None:
    """Return item_id, kind, from, until (UTC) and share of every promotion, or None where the files do not lie there.

    Parameters
    ----------
    transactions
        The transactions file; the others lie beside it.
    """
    folder = transactions.parent
    if not all((folder / name).is_file() for name in FILES):
        return None
    households = pl.scan_parquet(transactions).select(pl.col("household_id").n_unique()).collect().item()
    return pl.concat([_of_weeks(folder), _coupons(folder, households)]).sort(
        "item_id", "kind", "from", "until"
    )


def _of_weeks(folder: Path) -> pl.DataFrame:
    mailer = pl.col("mailer_location")
    shown = {
        "display": pl.col("display_location") != "0",
        "mailer": mailer != "0",
        "mailer_front": mailer.is_in(COVERS),
    }
    rows = pl.scan_parquet(folder / "promotions.parquet")
    counted = rows.group_by("product_id", "week").agg(
        is_shown.sum().alias(kind) for kind, is_shown in shown.items()
    )
    per_week = rows.group_by("week").agg(pl.col("store_id").n_unique().alias("stores"))
    long = (
        counted.join(per_week, on="week")
        .unpivot(
            list(shown), index=["product_id", "week", "stores"], variable_name="kind", value_name="count"
        )
        .filter(pl.col("count") > 0)
    )
    begin = pl.lit(_FIRST_WEEK) + pl.duration(days=7 * (pl.col("week") - 1))
    return long.select(
        pl.col("product_id").cast(pl.String).alias("item_id"),
        pl.col("kind").cast(pl.String),
        _local(begin).alias("from"),
        _local(begin + timedelta(days=7)).alias("until"),
        pl.min_horizontal(1.0, pl.col("count") / pl.col("stores")).alias("share"),
    ).collect()


def _coupons(folder: Path, households: int) -> pl.DataFrame:
    reached = (
        pl.scan_parquet(folder / "campaigns.parquet")
        .group_by("campaign_id")
        .agg(pl.col("household_id").n_unique().alias("reached"))
    )
    offered = pl.scan_parquet(folder / "coupons.parquet").select("product_id", "campaign_id").unique()
    campaigns = pl.scan_parquet(folder / "campaign_descriptions.parquet").join(reached, on="campaign_id")
    rows = offered.join(campaigns, on="campaign_id").select(
        pl.col("product_id").cast(pl.String).alias("item_id"),
        pl.lit("coupon").alias("kind"),
        _local(pl.col("start_date")).alias("from"),
        _local(pl.col("end_date") + timedelta(days=1)).alias("until"),
        (pl.col("reached") / households).alias("share"),
    )
    together = rows.group_by("item_id", "kind", "from", "until").agg(
        pl.col("share").sum().clip(upper_bound=1.0)
    )
    return together.collect()


def _local(moment: pl.Expr) -> pl.Expr:
    return moment.cast(pl.Datetime("us")).dt.replace_time_zone(TIME_ZONE).dt.convert_time_zone("UTC")
