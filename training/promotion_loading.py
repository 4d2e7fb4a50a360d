"""Writing a checked plan of promotions into an installation."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import polars as pl

from recommender.catalog import Promotion
from recommender.engine.engine import Engine
from recommender.errors import TooManyBadRowsError

FIELDS = (
    "item_id",
    "kind",
    "from",
    "until",
    "announced_at",
    "share",
    "discount",
    "price",
    "withdrawn_at",
)


def promotions_in(plan: pl.DataFrame) -> Iterator[Promotion]:
    """Yield the rows of a plan as promotions; see :class:`training.promotion_files.PromotionFile`."""
    for item_id, kind, begin, end, announced, share, discount, price, withdrawn in plan.select(
        FIELDS
    ).iter_rows():
        yield Promotion(
            item_id=item_id,
            kind=kind,
            active_from=begin,
            active_until=end,
            announced_at=announced,
            share=share,
            discount=discount,
            price=None if price is None else Decimal(str(price)),
            withdrawn_at=withdrawn,
        )


def write_promotions(engine: Engine, plan: pl.DataFrame) -> str:
    """Write a plan, adding to what is there; return a sentence about it.

    Raises
    ------
    LogUnavailableError
        The log does not answer; loading again is safe.
    """
    written = engine.put_promotions(promotions_in(plan))
    as_before = plan.height - written.new - written.changed
    told = f"{written.new:,} new, {written.changed:,} changed, {as_before:,} as before"
    return f"{told}; catalogue version {written.version}"


def refuse_partial_plan(rejected: pl.DataFrame) -> None:
    """Raise when rows of what is to be the whole plan are bad: what they say would be called off with the rest.

    Raises
    ------
    TooManyBadRowsError
        Whatever is allowed of other loads; nothing has been written.
    """
    if not rejected.height:
        return
    raise TooManyBadRowsError(
        "the file is no whole plan, nothing was written",
        expected="no bad row beside --replace, as what it says would be called off",
        found=f"{rejected.height:,}",
        remedy="mend these rows or the --columns, or add the good ones without --replace",
    )


def withdraw_rest(engine: Engine, plan: pl.DataFrame, now: datetime) -> str:
    """Call off what has not ended and is not in the plan; return a sentence about it."""
    kept = list(promotions_in(plan.filter(pl.col("until") > now)))
    written = engine.withdraw_promotions(kept)
    return f"{written.changed:,} others called off; catalogue version {written.version}"
