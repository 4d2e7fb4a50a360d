"""Where promotions come from: a file, or Complete Journey's own."""

from pathlib import Path

import polars as pl

from recommender.catalog import Catalogue
from recommender.errors import InvalidSourceError
from recommender.events.adapters.complete_journey_promotions import complete_journey_promotions
from recommender.events.adapters.read_source import COMPLETE_JOURNEY, source_path
from recommender.events.adapters.rejects import reject_table
from training.promotion_files import PromotionFile, PromotionOptions, read_promotion_file

LEAST_SHARE = 0.05
"""Of Complete Journey's displays: two in three are in fewer than one store in twenty, and say nothing about the others."""


def read_promotions(source: str, options: PromotionOptions, catalogue: Catalogue) -> PromotionFile:
    """Return the promotions of a source, each checked.

    Parameters
    ----------
    source
        Path of a file, or ``complete-journey``.

    Raises
    ------
    InvalidSourceError
        It cannot be read, or its columns are not known.
    """
    path = source_path(source)
    if source != COMPLETE_JOURNEY or path == Path(source):
        return read_promotion_file(path, options, catalogue)
    found = journey_promotions(path, options, catalogue)
    if found is None:
        raise InvalidSourceError(
            "the promotions of Complete Journey are missing", expected=f"them beside {path}"
        )
    return found


def journey_promotions(
    transactions: Path, options: PromotionOptions, catalogue: Catalogue
) -> PromotionFile | None:
    """Return the promotions that lie beside Complete Journey's transactions, or None where there are none.

    Those in too few stores are left out: below ``options.least_share``, or below 5 % where that is 0.
    """
    frame = complete_journey_promotions(transactions)
    if frame is None:
        return None
    least = options.least_share or LEAST_SHARE
    wide = frame.filter(pl.col("share") >= least)
    known = pl.col("item_id").is_in(pl.Series(list(catalogue.numbers), dtype=pl.String).implode())
    plan = wide.filter(known).with_columns(
        (pl.col("from") - options.lead).alias("announced_at"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("withdrawn_at"),
        pl.lit(None, pl.Float64).alias("discount"),
        pl.lit(None, pl.Float64).alias("price"),
    )
    left = frame.height - wide.height
    return PromotionFile(
        plan=plan,
        rows=wide.height,
        rejected=_unknown(wide.filter(~known)),
        columns={},
        notes=(f"{left:,} promotions in less than {least:.0%} of the stores are left out",),
    )


def _unknown(rows: pl.DataFrame) -> pl.DataFrame:
    reason = pl.lit("is no item of the catalogue, and was never bought").alias("reason")
    column = pl.lit("product_id").alias("column")
    told = rows.select(pl.lit("").alias("line"), column, pl.col("item_id").alias("value"), reason)
    return pl.concat([reject_table(), told])
