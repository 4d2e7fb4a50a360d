"""Promises as rows of a table, of a CSV file and of JSON Lines."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import orjson

from recommender.promises import LedgerRow
from recommender.promises.words import local_day
from training.promises import Promises, plans_about_nothing

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS: Final = (
    "customer_id",
    "item_id",
    "item",
    "order_id",
    "serial",
    "plan_id",
    "service",
    "state",
    "due",
    "in_time_until",
    "remind_from",
    "bought",
    "last_visit",
    "appointment_at",
    "consequence",
    "time_zone",
)
"""Days are local days where the customer lives; ``appointment_at`` is a time in UTC."""

_SHOWN: Final = {
    "customer_id": "customer",
    "item": "item",
    "unit": "order or serial",
    "service": "service",
    "state": "state",
    "due": "due",
    "in_time_until": "in time until",
    "last_visit": "last visit",
    "appointment_at": "appointment",
}


def rows_of(promises: Promises) -> Iterator[dict[str, str | None]]:
    """Yield each promise by :data:`COLUMNS`; None where there is nothing to say."""
    for row in promises.rows:
        yield _row(row, promises)


def _row(row: LedgerRow, promises: Promises) -> dict[str, str | None]:
    one, zone = row.obligation, row.zone
    unit, plan = one.unit, one.plan
    catalogue = promises.repertoire.catalogue
    return {
        "customer_id": row.customer_id,
        "item_id": catalogue.item_id(unit.number),
        "item": catalogue.name(unit.number),
        "order_id": unit.order_id,
        "serial": unit.serial,
        "plan_id": plan.id,
        "service": plan.name,
        "state": one.state,
        "due": local_day(one.due_s, zone),
        "in_time_until": local_day(one.lapses_s - 1, zone),
        "remind_from": local_day(one.remind_from_s, zone),
        "bought": local_day(unit.bought_s, zone),
        "last_visit": None if one.last_visit_s is None else local_day(one.last_visit_s, zone),
        "appointment_at": None if one.booking is None else _utc(one.booking.starts_s),
        "consequence": plan.consequence or None,
        "time_zone": zone.key,
    }


def _utc(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def csv_of(promises: Promises) -> str:
    """Return a CSV file with a header; what is not known is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows_of(promises))
    return out.getvalue()


def jsonl_of(promises: Promises) -> str:
    """Return one JSON object per line; what is not known is null."""
    return "".join(f"{orjson.dumps(row).decode()}\n" for row in rows_of(promises))


def table_of(promises: Promises) -> "Table":
    """Return what fits a terminal."""
    from rich.table import Table

    table = Table(*_SHOWN.values())
    for row in rows_of(promises):
        unit = row["serial"] or row["order_id"]
        table.add_row(*(_plain({**row, "unit": unit}, name) for name in _SHOWN))
    return table


def _plain(row: Mapping[str, str | None], name: str) -> str:
    from rich.markup import escape

    return escape(row[name] or "")


def summary_of(promises: Promises) -> str:
    """Say in one line how many promises there are, to how many customers, in which state; a line per plan about nothing."""
    notes = (
        f"Plan {plan_id} is about no item of the catalogue: nothing is promised by it."
        for plan_id in plans_about_nothing(promises.repertoire)
    )
    return "\n".join((_counts(promises), *notes))


def _counts(promises: Promises) -> str:
    states = Counter(row.obligation.state for row in promises.rows)
    people = len({row.customer_id for row in promises.rows})
    counts = ", ".join(
        f"{states[state]:,} {state}"
        for state in ("overdue", "due", "upcoming", "lapsed", "satisfied", "ended")
        if states[state]
    )
    booked = sum(row.obligation.booking is not None for row in promises.rows)
    total = len(promises.rows)
    said = f"{total:,} promise{'' if total == 1 else 's'} to {people:,} customer{'' if people == 1 else 's'}"
    return said + (f": {counts}" if counts else "") + (f"; {booked:,} with an appointment" if booked else "")
