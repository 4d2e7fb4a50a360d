"""A table of order lines as a source of events."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from recommender.errors import InvalidSourceError
from recommender.events.adapters.columns import complete_mapping, require_line_columns
from recommender.events.adapters.complete_journey import complete_journey_shape
from recommender.events.adapters.item_rows import item_rows
from recommender.events.adapters.lines import OrderRows, Reading, read_lines
from recommender.events.adapters.online_retail import online_retail_shape
from recommender.events.adapters.orders import gather_orders, order_events
from recommender.events.adapters.shapes import Shape, mapped_shape
from recommender.events.adapters.source import EventSource, SourceCounts
from recommender.events.adapters.table import Table
from recommender.events.vocabulary import AnyEvent, Purchase, Return


def find_shape(columns: list[str], mapping: Mapping[str, str]) -> Shape:
    """Return the known shape with these columns, unless the caller named columns.

    Raises
    ------
    InvalidSourceError
        No known shape, and the columns an order line needs are not named.
    """
    known = None if mapping else online_retail_shape(columns) or complete_journey_shape(columns)
    if known is not None:
        return known
    completed = complete_mapping(mapping, columns)
    require_line_columns(completed, columns)
    return mapped_shape(completed, is_named=bool(mapping))


def order_source(table: Table, path: Path, shape: Shape, reading: Reading) -> EventSource:
    """Return the orders of a table: every row checked, nothing written.

    Raises
    ------
    InvalidSourceError
        The dates can be read in two ways.
    """
    rows = read_lines(table, shape, path, reading)
    orders = gather_orders(rows.frame)
    items = shape.catalogue(path) if shape.catalogue else item_rows(rows.frame, shape)

    def events() -> Iterator[tuple[AnyEvent, int]]:
        for event in order_events(orders, shape.source_name, name_order=shape.returns_name_order):
            assert isinstance(event, Purchase | Return)  # noqa: S101 - the only kinds an order has
            yield event, len(event.lines)

    return EventSource(
        shape=shape.name,
        title=shape.title,
        source_name=shape.source_name,
        time_zone=reading.time_zone,
        counts=_counts(rows, orders),
        events=events,
        columns=dict(shape.columns),
        rejected=rows.rejected,
        skipped=rows.skipped,
        notes=table.notes + _notes(rows, orders, reading.time_zone),
        items=items if items.height else None,
        orders=orders,
    )


def named(shape: Shape, source_name: str | None) -> Shape:
    """Return the shape with another source name, if one is given.

    Raises
    ------
    InvalidSourceError
        The name is no id.
    """
    from recommender.value_rules import id_problem

    if source_name is None:
        return shape
    problem = id_problem(source_name)
    if problem is not None:
        raise InvalidSourceError(
            "the source name is no id", expected="1 to 256 visible characters", found=problem
        )
    return replace(shape, source_name=source_name)


def _counts(rows: OrderRows, orders: pl.DataFrame) -> SourceCounts:
    frame = rows.frame
    first, last = frame["occurred_at"].min(), frame["occurred_at"].max()
    return SourceCounts(
        rows=rows.rows,
        lines=frame.height,
        events=orders.height,
        customers=frame["customer_id"].drop_nulls().n_unique(),
        items=frame["item_id"].n_unique(),
        returned_lines=int(frame["is_return"].sum()),
        guest_orders=orders.filter(pl.col("customer_id").is_null() & ~pl.col("is_return")).height,
        first=first,  # type: ignore[arg-type]  # polars types min and max as any Python literal
        last=last,  # type: ignore[arg-type]
    )


def _notes(rows: OrderRows, orders: pl.DataFrame, time_zone: str) -> tuple[str, ...]:
    times, long = (
        rows.times,
        orders.filter(pl.col("until") - pl.col("occurred_at") > pl.duration(days=1)).height,
    )
    notes = {
        f"{times.ambiguous:,} times happened twice in {time_zone} (clock set back): the first was taken": times.ambiguous,
        f"{times.shifted:,} times never happened in {time_zone} (clock set forward): read one hour later": times.shifted,
        f"{long:,} orders span more than a day: does one order number mean several orders?": long,
    }
    return tuple(note for note, count in notes.items() if count)
