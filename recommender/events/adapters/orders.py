"""From order lines to one row per event, in an order and under an identity that no re-reading changes.

An event is one order of one customer, or what came back under one order number. Its ``event_id`` is made of what
the file says (order number and customer), never of where the file lies or how its rows are sorted, so that the same
purchases loaded again, from another path or in another format, are the same events. The lines of an event are sorted by their
content; equal lines stay separate lines. Import identity is therefore (source, order, ordinal of the line).

Without an order number, the lines of one customer at one instant (or on one day, where the file knows only days) form an
order; a line of nobody is an order by itself.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec
import polars as pl

from recommender.events.validation import MOST_LINES
from recommender.events.vocabulary import AnyEvent, OrderLine, Purchase, Return, ReturnLine
from recommender.value_rules import LONGEST_ID

KEY = ("is_return", "customer_id", "order_id", "event_id", "is_named")
CONTENT = ("item_id", "quantity", "unit_price", "discount", "currency")
ROOM_FOR_PARTS = 8


def gather_orders(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row per event: its key, its event id, when it began, and lists of its lines' parts, by time.

    The order takes the time of its earliest line.
    """
    ordered = lines.sort(CONTENT).with_columns(pl.col("order_id").is_not_null().alias("is_named"))
    if ordered["order_id"].null_count():
        ordered = ordered.with_columns(_order_key(ordered).alias("order_id"))
    orders = ordered.group_by(KEY, maintain_order=True).agg(
        pl.col("occurred_at").min(),
        pl.col("occurred_at").max().alias("until"),
        pl.col("channel", "store_id").drop_nulls().first(),
        *CONTENT,
    )
    return orders.with_columns(_event_id()).sort("occurred_at", "event_id")


def _event_id() -> pl.Expr:
    """Return the event id: the file's own, or order number and customer; what came back has one of its own."""
    named = pl.concat_str("order_id", pl.lit("/"), pl.col("customer_id").fill_null(""))
    identity = pl.coalesce("event_id", pl.when("is_named").then(named).otherwise("order_id"))
    whole = pl.when("is_return").then(pl.concat_str(pl.lit("return/"), identity)).otherwise(identity)
    return _shortened(whole, LONGEST_ID - ROOM_FOR_PARTS).alias("event_id")


def _order_key(lines: pl.DataFrame) -> pl.Expr:
    """Return an order id for lines that have none: customer and time, or an ordinal for nobody's."""
    whole_seconds = lines["occurred_at"].dt.microsecond().max() in {0, None}
    at = pl.col("occurred_at").dt.strftime(
        "%Y-%m-%dT%H:%M:%SZ" if whole_seconds else "%Y-%m-%dT%H:%M:%S%.6fZ"
    )
    ordinal = pl.int_range(pl.len()).over("customer_id", "occurred_at", "item_id").cast(pl.String)
    nobody = pl.concat_str(pl.lit("guest@"), at, pl.lit("#"), "item_id", pl.lit("#"), ordinal)
    somebody = pl.concat_str("customer_id", pl.lit("@"), at)
    return pl.coalesce("order_id", _shortened(pl.coalesce("event_id", somebody, nobody), LONGEST_ID))


def _shortened(key: pl.Expr, longest: int) -> pl.Expr:
    """Return keys that are too long for an id as a digest of themselves."""
    long = key.str.len_chars() > longest
    digests = pl.when(long).then(key).map_elements(_digest, return_dtype=pl.String)
    return pl.when(long).then(digests).otherwise(key)


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def order_events(orders: pl.DataFrame, source: str, *, name_order: bool) -> Iterator[AnyEvent]:
    """Yield a purchase or a return for each row of :func:`gather_orders`.

    ``name_order`` says whether returned lines carry the order id they came from. An order of more than 20,000
    lines becomes several events.
    """
    decimals = _decimals(orders)
    for row in orders.select(OrderRow._fields).iter_rows():
        order = OrderRow(*row)
        event = _returned(order, source, name_order) if order.is_return else _bought(order, source, decimals)
        yield from _parts(event)


class OrderRow(NamedTuple):
    """One row of :func:`gather_orders`, as order_events reads it."""

    is_return: bool
    customer_id: str | None
    order_id: str
    event_id: str
    is_named: bool
    occurred_at: datetime
    channel: str | None
    store_id: str | None
    item_id: list[str]
    quantity: list[float]
    unit_price: list[float | None]
    discount: list[float | None]
    currency: list[str | None]


def _bought(row: OrderRow, source: str, decimals: dict[float | None, Decimal | None]) -> Purchase:
    columns = zip(row.item_id, row.quantity, row.unit_price, row.discount, row.currency, strict=True)
    lines = [
        OrderLine(
            item_id=item,
            quantity=quantity,
            unit_price=decimals[price],
            discount=decimals[discount],
            currency=None if price is None else currency,
        )
        for item, quantity, price, discount, currency in columns
    ]
    return Purchase(
        source=source,
        event_id=row.event_id,
        occurred_at=row.occurred_at.replace(tzinfo=UTC),
        customer_id=row.customer_id,
        channel=row.channel,
        order_id=row.order_id,
        lines=tuple(lines),
        store_id=row.store_id,
    )


def _returned(row: OrderRow, source: str, name_order: bool) -> Return:
    named = row.order_id if name_order and row.is_named else None
    lines = [
        ReturnLine(item_id=item, quantity=quantity, order_id=named)
        for item, quantity in zip(row.item_id, row.quantity, strict=True)
    ]
    return Return(
        source=source,
        event_id=row.event_id,
        occurred_at=row.occurred_at.replace(tzinfo=UTC),
        customer_id=row.customer_id,
        channel=row.channel,
        lines=tuple(lines),
    )


def _parts(event: Purchase | Return) -> Iterator[Purchase | Return]:
    """Yield the event, cut where it has more lines than an event may have."""
    if len(event.lines) <= MOST_LINES:
        yield event
        return
    for part, start in enumerate(range(0, len(event.lines), MOST_LINES), start=1):
        lines = event.lines[start : start + MOST_LINES]
        yield msgspec.structs.replace(event, event_id=f"{event.event_id}#{part}", lines=lines)


def _decimals(orders: pl.DataFrame) -> dict[float | None, Decimal | None]:
    """Return the decimal of every amount that occurs: few differ, so each is written once."""
    amounts = pl.concat([orders[name].explode().unique() for name in ("unit_price", "discount")]).unique()
    return {None: None} | {value: Decimal(repr(value)) for value in amounts.drop_nulls().to_list()}
