"""From the rows of any order file to checked order lines, all of them at once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from recommender.events.adapters.checks import (
    IS_MISSING,
    MISSING,
    Check,
    currency_checks,
    first_failure,
    id_checks,
    money_checks,
    quantity_checks,
    time_checks,
)
from recommender.events.adapters.columns import LINE_COLUMNS
from recommender.events.adapters.numbers import read_numbers
from recommender.events.adapters.rejects import reject_table
from recommender.events.adapters.shapes import SKIP, Shape
from recommender.events.adapters.table import LINE, SHEET, Table, line_label
from recommender.events.adapters.timestamps import DateOrder, WrittenTimes, read_times

NUMBERS = ("quantity", "unit_price", "discount")
_READ_OTHERWISE = frozenset({*NUMBERS, "occurred_at"})
IDS = ("customer_id", "order_id", "event_id", "store_id", "channel")
MONEY_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class OrderRows:
    """Checked order lines and what was left out.

    ``frame`` has every column of :data:`~recommender.events.adapters.columns.LINE_COLUMNS` (null where the file
    has none), ``quantity`` above zero, ``occurred_at`` in UTC and ``is_return``. ``rejected`` are the bad rows,
    ``skipped`` counts, per reason, sound rows that are no order lines. ``rows`` counts all of them.
    """

    frame: pl.DataFrame
    rejected: pl.DataFrame
    skipped: dict[str, int]
    rows: int
    times: WrittenTimes


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read naive times and what time it is now."""

    time_zone: str
    now: datetime
    date_order: DateOrder | None = None


def read_lines(table: Table, shape: Shape, path: Path, reading: Reading) -> OrderRows:
    """Return the order lines of a table.

    Raises
    ------
    InvalidSourceError
        The dates can be read in two ways.
    """
    prepared = shape.prepare(table.frame, path)
    times = read_times(
        prepared[shape.columns["occurred_at"]], reading.time_zone, reading.date_order or shape.date_order
    )
    parsed = _parsed(prepared, shape, table.decimal_comma).with_columns(times.at.alias("occurred_at"))
    reason = pl.coalesce(SKIP, *(pl.when(skip.when).then(pl.lit(skip.reason)) for skip in shape.skips))
    parsed = parsed.with_columns(reason.alias(SKIP))
    skipped = parsed.filter(pl.col(SKIP).is_not_null())
    kept = parsed.filter(pl.col(SKIP).is_null()) if skipped.height else parsed
    checks = _checks(kept, shape, reading.now)
    judged = kept.with_columns(first_failure(checks).alias("__bad"))
    bad = judged.filter(pl.col("__bad").is_not_null())
    good = judged.filter(pl.col("__bad").is_null()) if bad.height else judged
    rejected = _by_line(pl.concat([table.rejected, _rejected(bad, checks, shape)]))
    counts = dict(skipped.group_by(SKIP).len().sort("len", descending=True).iter_rows())
    return OrderRows(_finished(good, shape), rejected, counts, table.rows, times)


def _parsed(frame: pl.DataFrame, shape: Shape, decimal_comma: bool) -> pl.DataFrame:
    """Return one column per part of a line, with ``raw:`` text beside what is parsed."""
    kept = [name for name in (LINE, SHEET) if name in frame.columns]
    skip = pl.col(SKIP) if SKIP in frame.columns else pl.lit(None, pl.String).alias(SKIP)
    texts = frame.select(
        *kept, skip, *(_text(frame, shape, name).alias(f"raw:{name}") for name in LINE_COLUMNS)
    )
    if "quantity" not in shape.columns:
        texts = texts.with_columns(pl.lit("1").alias("raw:quantity"))
    return texts.with_columns(
        *(
            pl.when(~pl.col(f"raw:{name}").is_in(MISSING)).then(pl.col(f"raw:{name}")).alias(name)
            for name in LINE_COLUMNS
            if name not in _READ_OTHERWISE
        ),
        *(read_numbers(texts[f"raw:{name}"], decimal_comma=decimal_comma).alias(name) for name in NUMBERS),
    )


def _text(frame: pl.DataFrame, shape: Shape, name: str) -> pl.Expr:
    """Return a column of the file as text without blanks around it; what is empty is null, and a time that means "nothing"."""
    if name not in shape.columns or shape.columns[name] not in frame.columns:
        return pl.lit(None, pl.String)
    column, kind = pl.col(shape.columns[name]), frame.schema[shape.columns[name]]
    if (
        kind.is_float()
        and name not in NUMBERS
        and bool(frame.select((column == column.round()).all()).item())
    ):
        return column.cast(pl.Int64, strict=False).cast(pl.String)
    text = column.cast(pl.String).str.strip_chars()
    missing = MISSING if name == "occurred_at" else ("",)
    return pl.when(~text.is_in(missing)).then(text) if kind == pl.String else text


def _checks(frame: pl.DataFrame, shape: Shape, now: datetime) -> list[Check]:
    checks = [*id_checks(frame, "item_id", required=True), *time_checks(now)]
    for name in IDS:
        checks += id_checks(frame, name, required=False) if name in shape.columns else []
    checks += quantity_checks() if "quantity" in shape.columns else []
    for name in ("unit_price", "discount"):
        checks += money_checks(name) if name in shape.columns else []
    return checks + (currency_checks() if "currency" in shape.columns else [])


def _rejected(bad: pl.DataFrame, checks: list[Check], shape: Shape) -> pl.DataFrame:
    if not bad.height:
        return reject_table()
    labelled = bad.select(line_label(bad), "__bad", *(f"raw:{name}" for name in LINE_COLUMNS))
    rows = []
    for row in labelled.iter_rows(named=True):
        check = checks[row["__bad"]]
        value = row[f"raw:{check.column}"]
        column = shape.columns.get(check.column, check.column)
        reason = (
            f"{check.reason}: that is how others write it"
            if value and check.reason == IS_MISSING
            else check.reason
        )
        rows.append((row[labelled.columns[0]], column, "" if value is None else value, reason))
    return reject_table(rows)


def _by_line(rejected: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("line").str.extract(r"(\d+)$", 1).cast(pl.Int64)
    return rejected.sort(pl.col("line").str.strip_suffix(number.cast(pl.String)), number, maintain_order=True)


def _finished(good: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    currency = pl.col("currency") if "currency" in shape.columns else pl.lit(shape.currency, pl.String)
    channel = pl.col("channel") if "channel" in shape.columns else pl.lit(shape.channel, pl.String)
    finished = good.with_columns(
        shape.is_return.alias("is_return"),
        pl.col("quantity").abs(),
        pl.col("unit_price").round(MONEY_DECIMALS),
        pl.col("discount").round(MONEY_DECIMALS),
        currency.alias("currency"),
        channel.alias("channel"),
    )
    return finished.select(LINE, *LINE_COLUMNS, "is_return")
