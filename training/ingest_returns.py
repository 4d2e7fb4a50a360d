"""How many of a file's returns find what they return in the same file."""

import numpy as np
import polars as pl

from recommender.customers import OrderLines, match_returns
from recommender.customers.lines import no_names


def unmatched_returns(orders: pl.DataFrame, *, names_order: bool) -> int:
    """Return the number of returned lines without an earlier purchase by the same customer to take back.

    Parameters
    ----------
    orders
        One row per order or return, with lists of its lines' items and quantities.
    names_order
        Whether returns carry the number of the order they came from.
    """
    lines = orders.filter(pl.col("customer_id").is_not_null()).explode("item_id", "quantity")
    if not lines.height:
        return 0
    keyed = lines.select(
        pl.col("customer_id").rank("dense").cast(pl.Int32).alias("customer"),
        pl.struct("customer_id", "order_id").rank("dense").cast(pl.Int32).alias("order"),
        pl.col("item_id").rank("dense").cast(pl.UInt32).alias("number"),
        pl.col("quantity").cast(pl.Float64),
        pl.col("occurred_at").cast(pl.Int64).alias("at_us"),
        pl.col("is_return").cast(pl.UInt8).alias("kind"),
        (pl.col("is_return") & ~(pl.col("is_named") & names_order)).alias("is_orderless"),
    )
    order = np.where(keyed["is_orderless"].to_numpy(), np.int32(-1), keyed["order"].to_numpy()).astype(
        np.int32
    )
    return match_returns(_order_lines(keyed, order)).unmatched


def _order_lines(keyed: pl.DataFrame, order: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> OrderLines:
    rows = keyed.height
    return OrderLines(
        customer=keyed["customer"].to_numpy(writable=True) - np.int32(1),
        order=order,
        number=keyed["number"].to_numpy(writable=True),
        quantity=keyed["quantity"].to_numpy(writable=True),
        at_us=keyed["at_us"].to_numpy(writable=True),
        kind=keyed["kind"].to_numpy(writable=True),
        is_gift=np.zeros(rows, np.bool_),
        rank=np.arange(rows, dtype=np.int64),
        unit_price=np.full(rows, np.nan),
        serial=no_names(rows),
        line=no_names(rows),
    )
