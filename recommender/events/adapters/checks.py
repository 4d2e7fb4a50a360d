"""What every line of an import must satisfy, checked column by column for all rows at once.

The limits are those of :mod:`recommender.events.limits`, which checks one value at a time: a line that passes here makes
an event that passes there, and a test holds the two against each other.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from recommender.events.limits import LARGEST_MONEY, LARGEST_QUANTITY
from recommender.events.validation import CLOCK_TOLERANCE, EARLIEST
from recommender.value_rules import LONGEST_ID, id_problem

PLAIN_ID = r"^[!-~](?:[ -~]*[!-~])?$"
MISSING = ("", "nan", "NaN", "null", "NULL", "None", "N/A", "#N/A", "<NA>")
"""Texts with which other programs write "nothing"."""

IS_MISSING = "is missing"
NO_TIME = "is not a date or time"


@dataclass(frozen=True, slots=True)
class Check:
    """A row is bad when ``fails`` is true: its ``column`` and the ``reason`` go to the rejected rows."""

    column: str
    fails: pl.Expr
    reason: str


def id_checks(frame: pl.DataFrame, column: str, *, required: bool) -> list[Check]:
    """Return the checks of an identifier; only its distinct values are looked at closely."""
    distinct = frame[column].unique().drop_nulls()
    long = distinct.str.len_chars() > LONGEST_ID
    unusual = distinct.filter(~long & ~distinct.str.contains(PLAIN_ID))
    odd = [value for value in unusual.to_list() if id_problem(value) is not None]
    checks = [Check(column, pl.col(column).is_null(), IS_MISSING)] if required else []
    if long.any():
        checks.append(
            Check(
                column, pl.col(column).str.len_chars() > LONGEST_ID, f"is longer than {LONGEST_ID} characters"
            )
        )
    if odd:
        checks.append(
            Check(
                column,
                pl.col(column).is_in(odd),
                "has a control or invisible character, a symbol or an emoji",
            )
        )
    return checks


def number_checks(column: str, *, largest: float) -> list[Check]:
    """Return the checks of a number beside its text ``raw:<column>``."""
    value, text = pl.col(column), pl.col(f"raw:{column}")
    return [
        Check(column, text.is_not_null() & value.is_null(), "is not a number"),
        Check(column, ~value.is_finite(), "is not a finite number"),
        Check(column, value.abs() > largest, f"is above {largest:,.0f}"),
    ]


def quantity_checks() -> list[Check]:
    """Return the checks of a quantity: present, finite, not zero, at most a million."""
    value = pl.col("quantity")
    return [
        Check("quantity", pl.col("raw:quantity").is_null(), IS_MISSING),
        *number_checks("quantity", largest=LARGEST_QUANTITY),
        Check("quantity", value == 0, "is 0"),
        Check("quantity", value.abs() < 1e-6, "is smaller than a millionth"),
    ]


def money_checks(column: str) -> list[Check]:
    """Return the checks of an amount of money: finite, not negative, at most a billion; absent is fine."""
    return [
        *number_checks(column, largest=float(LARGEST_MONEY)),
        Check(column, pl.col(column) < 0, "is negative"),
    ]


def time_checks(now: datetime) -> list[Check]:
    """Return the checks of a time: readable, after 1970-01-01, not after tomorrow."""
    at, text = pl.col("occurred_at"), pl.col("raw:occurred_at")
    return [
        Check("occurred_at", text.is_null(), IS_MISSING),
        Check("occurred_at", at.is_null(), NO_TIME),
        Check("occurred_at", at < pl.lit(EARLIEST), "is before 1970-01-02"),
        Check("occurred_at", at > pl.lit(now + CLOCK_TOLERANCE), "is in the future"),
    ]


def currency_checks() -> list[Check]:
    """Return the check of a currency: three capital letters, or absent."""
    return [
        Check("currency", ~pl.col("currency").str.contains(r"^[A-Z]{3}$"), "is not three capital letters")
    ]


def first_failure(checks: list[Check]) -> pl.Expr:
    """Return the position of the first check that a row fails, null where it fails none."""
    return pl.coalesce(
        [pl.when(check.fails).then(pl.lit(index, pl.Int16)) for index, check in enumerate(checks)]
    )
