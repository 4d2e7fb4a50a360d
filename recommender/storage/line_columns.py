"""Turning order events into columns, in the order of the fold, while they stream in in the order of arrival."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from recommender.customers.lines import CANCELLATION, GUEST, NO_NUMBER, NO_ORDER, OrderLines, name_codes
from recommender.storage.slim_orders import (
    KIND_OF,
    SlimCancellation,
    SlimLine,
    SlimOrder,
    SlimPurchase,
    decode_order,
    lines_of,
)
from recommender.types import (
    BoolArray,
    Float64Array,
    Int32Array,
    Int64Array,
    ItemId,
    ItemNumber,
    UInt32Array,
)

EventRow: TypeAlias = tuple[int, str, str, str | None, bytes]
"""``occurred_us``, ``source``, ``event_id``, ``customer_id`` and ``content`` of one order event."""

_LineBlock: TypeAlias = tuple[
    UInt32Array, Float64Array, Float64Array, BoolArray, Int32Array, Int32Array, Int32Array
]


class LineColumns:
    """Columns under construction, one block per page of events, in the order of arrival.

    ``with_own_lines`` are customers of whom more is to be known of some line than the columns say: a gift, a serial.
    """

    def __init__(self, numbers: Mapping[ItemId, ItemNumber]) -> None:
        self.customer_codes: dict[str, int] = {}
        self.with_own_lines: set[str] = set()
        self._numbers = numbers
        self._order_codes: dict[tuple[int | str, str], int] = {}
        self._name_codes = name_codes()
        self._identities: list[tuple[str, str]] = []
        self._of_events: list[Int64Array] = []
        self._of_lines: list[_LineBlock] = []

    def add(self, page: Iterable[EventRow]) -> None:
        """Decode one page of events and add its lines."""
        per_event: list[tuple[int, int, int, int]] = []
        lines: list[SlimLine] = []
        orders: list[int] = []
        for occurred_us, source, event_id, customer_id, content in page:
            event = decode_order(content)
            customer = self._customer(customer_id)
            own = lines_of(event)
            orders += self._orders_of(event, source if customer == GUEST else customer)
            lines += own
            if customer_id is not None and any(line.is_gift or line.serial is not None for line in own):
                self.with_own_lines.add(customer_id)
            per_event.append((occurred_us, customer, KIND_OF[type(event)], len(own)))
            self._identities.append((source, event_id))
        self._of_events.append(np.array(per_event, np.int64))
        self._of_lines.append(self._block(lines, orders))

    def lines(self, ids: Sequence[str]) -> OrderLines:
        """Return all rows in the order of the fold; customer codes are positions in ``ids``."""
        if not self._identities:
            return OrderLines.empty()
        at_us, customer, kind, size = np.concatenate(self._of_events).T
        events_in_order = _fold_order(at_us, self._identities)
        rows = _rows_in_order(events_in_order, size)
        number, quantity, unit_price, is_gift, order, serial, line = (
            np.concatenate(column)[rows] for column in zip(*self._of_lines, strict=True)
        )
        per_line = np.repeat(events_in_order, size[events_in_order])
        kind_of_line = kind[per_line].astype(np.uint8)
        return OrderLines(
            customer=self._codes_among(ids)[customer[per_line]],
            order=_in_order_of_appearance(order),
            number=np.where(kind_of_line == CANCELLATION, np.uint32(0), number),
            quantity=quantity,
            at_us=at_us[per_line],
            kind=kind_of_line,
            is_gift=is_gift,
            rank=np.arange(rows.size, dtype=np.int64),
            unit_price=unit_price,
            serial=_in_order_of_appearance(serial),
            line=_in_order_of_appearance(line),
        )

    def _block(self, lines: list[SlimLine], orders: list[int]) -> _LineBlock:
        number_of, codes = self._numbers.get, self._name_codes
        return (
            np.array([number_of(line.item_id, NO_NUMBER) for line in lines], np.uint32),  # type: ignore[call-overload]
            np.array([line.quantity for line in lines], np.float64),
            np.array([line.unit_price for line in lines], np.float64),
            np.array([line.is_gift for line in lines], np.bool_),
            np.array(orders, np.int32),
            np.array([codes[line.serial] for line in lines], np.int32),
            np.array([codes[line.line_id] for line in lines], np.int32),
        )

    def _customer(self, customer_id: str | None) -> int:
        if customer_id is None:
            return GUEST
        return self.customer_codes.setdefault(customer_id, len(self.customer_codes))

    def _orders_of(self, event: SlimOrder, owner: int | str) -> list[int]:
        # A guest's order is told from another shop's by its source; a customer's may be returned elsewhere.
        if isinstance(event, SlimPurchase):
            return [self._order(owner, event.order_id)] * len(event.lines)
        if isinstance(event, SlimCancellation):
            return [self._order(owner, event.order_id)]
        return [self._order(owner, line.order_id) for line in event.lines]

    def _order(self, owner: int | str, order_id: str | None) -> int:
        if order_id is None:
            return NO_ORDER
        return self._order_codes.setdefault((owner, order_id), len(self._order_codes))

    def _codes_among(self, ids: Sequence[str]) -> Int32Array:
        # The extra entry at the end is where -1 points: guests stay guests.
        codes = np.full(len(ids) + 1, GUEST, np.int32)
        codes[[self.customer_codes[who] for who in ids]] = np.arange(len(ids), dtype=np.int32)
        return codes


def _fold_order(at_us: Int64Array, identities: Sequence[tuple[str, str]]) -> Int64Array:
    """Return the positions of the events, ascending by time, then by identity."""
    order = np.argsort(at_us, kind="stable")
    sorted_us = at_us[order]
    bounds = np.flatnonzero(np.diff(sorted_us)) + 1
    starts = np.concatenate([[0], bounds])
    ends = np.concatenate([bounds, [at_us.size]])
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        order[start:end] = sorted(order[start:end].tolist(), key=identities.__getitem__)
    return order


def _rows_in_order(events_in_order: Int64Array, size: Int64Array) -> Int64Array:
    """Return the line rows, event by event in the given order."""
    first = np.cumsum(size) - size
    sizes = size[events_in_order]
    begins = np.cumsum(sizes) - sizes
    return np.repeat(first[events_in_order] - begins, sizes) + np.arange(int(sizes.sum()))


def _in_order_of_appearance(codes: Int32Array) -> Int32Array:
    """Return the codes renamed 0, 1, ... as they first appear; -1 stays."""
    distinct, first = np.unique(codes, return_index=True)
    is_code = distinct >= 0
    distinct, first = distinct[is_code], first[is_code]
    renamed = np.full(int(codes.max(initial=-1)) + 2, -1, np.int32)
    renamed[distinct[np.argsort(first)]] = np.arange(distinct.size, dtype=np.int32)
    return renamed[codes]
