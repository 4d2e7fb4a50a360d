"""Who gets nothing from a campaign, and mainly why: a row per customer, for the desk that is asked about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recommender.types import CustomerId
from training.export_tally import why_nothing

if TYPE_CHECKING:
    import polars as pl

    from recommender.decisions import Decision

LEFT_OUT_COLUMNS: Final = ("customer_id", "reason", "opens_at")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One customer to whom nothing is said.

    Attributes
    ----------
    customer_id
        Who.
    reason
        Code of the gate that kept most out, as :attr:`training.export_tally.Tally.without` counts it.
    opens_s
        When a contact limit opens for something that waits, seconds since 1970; None: nothing waits.
    """

    customer_id: CustomerId
    reason: str
    opens_s: int | None


def left_out_of(customer_id: CustomerId, decision: "Decision") -> LeftOut | None:
    """Return why a customer gets nothing; None: they get something."""
    if decision.actions:
        return None
    return LeftOut(customer_id, why_nothing(decision), decision.next_s)


def left_out_table(some: Sequence[LeftOut]) -> "pl.DataFrame":
    """Return a row per customer, in the order given.

    Examples
    --------
    >>> left_out_table([LeftOut(CustomerId("ada"), "too_soon", 0), LeftOut(CustomerId("bo"), "no_consent", None)]).rows()[0]
    ('ada', 'too_soon', datetime.datetime(1970, 1, 1, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')))
    """
    import polars as pl

    types = (pl.String, pl.String, pl.Datetime("us", "UTC"))
    rows = [
        (
            one.customer_id,
            one.reason,
            None if one.opens_s is None else datetime.fromtimestamp(one.opens_s, UTC),
        )
        for one in some
    ]
    return pl.DataFrame(rows, schema=dict(zip(LEFT_OUT_COLUMNS, types, strict=True)), orient="row")


def left_out_path(part: Path) -> Path:
    """Return where those are whom a part leaves out: beside it."""
    return part.with_suffix(".left.parquet")
