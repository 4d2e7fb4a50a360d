"""The fold: the events of one customer become their state.

Pure, and independent of the order of arrival: events are put in the order of (``occurred_at``, ``source``,
``event_id``) first. Doubled events are the log's business; it never hands out one identity twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from recommender.customers.columns import fold_matched
from recommender.customers.dealing_fold import Purchases, fold_dealings
from recommender.customers.dealing_folds.bought import BoughtLine, OrderEvent, bought_lines
from recommender.customers.dealing_folds.reading import number_reader
from recommender.customers.dealings import NO_DEALINGS
from recommender.customers.lines import (
    CANCELLATION,
    NO_NUMBER,
    NO_ORDER,
    PURCHASE,
    RETURN,
    OrderLines,
    name_codes,
    no_names,
)
from recommender.customers.matching import arrange, match_arranged
from recommender.customers.state import CustomerState
from recommender.errors import NotFoundError
from recommender.events.vocabulary import AnyEvent, OrderCancelled, OrderLine, Purchase, Return, ReturnLine
from recommender.types import CustomerId, Int32Array, ItemId, ItemNumber

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ORDERING = (Purchase, Return, OrderCancelled)
"""The events that change what a customer has."""

_WHOLE_ORDER = ReturnLine(item_id="-")
"""Stands for the order that is cancelled, and names no line of it."""


@dataclass(slots=True)
class _Gathered:
    """Columns under construction; per event rather than per line where one value serves all its lines."""

    numbers: Mapping[ItemId, ItemNumber]
    order_codes: dict[str, int] = field(default_factory=dict)
    number: list[int] = field(default_factory=list)
    quantity: list[float] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    is_gift: list[bool] = field(default_factory=list)
    at_us: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    told: list[OrderLine | ReturnLine] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    has_serial: bool = False
    has_named_return: bool = False

    def add(self, event: AnyEvent) -> None:
        """Add the rows of one event; those that change no holdings add none."""
        match event:
            case Purchase():
                self._begin(event, PURCHASE, len(event.lines))
                self._add_purchase(event)
            case Return():
                self._begin(event, RETURN, len(event.lines))
                self._add_return(event)
            case OrderCancelled():
                self._begin(event, CANCELLATION, 1)
                self._add_row(0, 0.0, self._code(event.order_id))
                self.told.append(_WHOLE_ORDER)

    def _begin(self, event: Purchase | Return | OrderCancelled, kind: int, rows: int) -> None:
        self.at_us.append((event.occurred_at - _EPOCH) // _MICROSECOND)
        self.kind.append(kind)
        self.sizes.append(rows)

    def _code(self, order_id: str | None) -> int:
        if order_id is None:
            return NO_ORDER
        return self.order_codes.setdefault(order_id, len(self.order_codes))

    def _add_row(self, number: int, quantity: float, order: int) -> None:
        self.number.append(number)
        self.quantity.append(quantity)
        self.order.append(order)
        self.is_gift.append(False)

    def _add_purchase(self, event: Purchase) -> None:
        numbers = self.numbers
        try:
            self.number.extend([numbers[line.item_id] for line in event.lines])  # type: ignore[index]  # ItemId on the wire is str
        except KeyError as error:
            raise NotFoundError(
                "a purchased item has no number",
                expected="an item that the log has numbered",
                found=str(error),
                remedy="append the event to the log before it is folded",
            ) from None
        self.quantity.extend([line.quantity for line in event.lines])
        self.is_gift.extend([line.is_gift for line in event.lines])
        self.has_serial = self.has_serial or any(line.serial is not None for line in event.lines)
        self.order.extend([self._code(event.order_id)] * len(event.lines))
        self.told.extend(event.lines)

    def _add_return(self, event: Return) -> None:
        for line in event.lines:
            number = self.numbers.get(ItemId(line.item_id), NO_NUMBER)
            self._add_row(number, line.quantity, self._code(line.order_id))
            if line.serial is not None or line.line_id is not None:
                self.has_named_return = True
        self.told.extend(event.lines)

    def has_own_lines(self, unit_items: Set[ItemNumber]) -> bool:
        """Whether a line is a gift, has a serial, or is of one of these items."""
        if self.has_serial or any(self.is_gift):
            return True
        return bool(unit_items) and any(number in unit_items for number in self.number)

    def _names(self) -> tuple[Int32Array, Int32Array]:
        # Only returns ask for them, and few do.
        codes = name_codes()
        serial = [codes[line.serial] for line in self.told]
        return np.array(serial, np.int32), np.array([codes[line.line_id] for line in self.told], np.int32)

    def lines(self) -> OrderLines:
        """Return the columns; rank is the position."""
        rows = len(self.number)
        serial, line = self._names() if self.has_named_return else (no_names(rows), no_names(rows))
        return OrderLines(
            customer=np.zeros(rows, np.int32),
            order=np.array(self.order, np.int32),
            number=np.array(self.number, np.uint32),
            quantity=np.array(self.quantity, np.float64),
            at_us=np.repeat(np.array(self.at_us, np.int64), self.sizes),
            kind=np.repeat(np.array(self.kind, np.uint8), self.sizes),
            is_gift=np.array(self.is_gift, np.bool_),
            rank=np.arange(rows, dtype=np.int64),
            unit_price=np.full(rows, np.nan),
            serial=serial,
            line=line,
        )


def fold(
    events: Iterable[AnyEvent],
    numbers: Mapping[ItemId, ItemNumber],
    version: int,
    *,
    unit_items: Collection[ItemNumber] = (),
) -> CustomerState:
    """Fold all events of one customer, in any order, into what they say now.

    Parameters
    ----------
    events
        Every event of the customer, each identity once. ``identify`` and ``unlink`` are passed over.
    numbers
        Number of every item the log has seen.
    version
        Log version of the customer, written into the state.
    unit_items
        Items of which units are told apart, besides lines with a serial: those of service plans.

    Raises
    ------
    NotFoundError
        A purchased item has no number. (A returned item without one was never bought: it counts as unmatched.)

    Examples
    --------
    >>> from recommender.events.vocabulary import OrderLine
    >>> bought = Purchase(source="shop", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC),
    ...                   order_id="A1", lines=(OrderLine(item_id="mug", quantity=2.0),))
    >>> state = fold([bought], {ItemId("mug"): ItemNumber(0)}, version=1, unit_items={0})
    >>> state.orders, state.items.owned.tolist(), state.dealings.units[0].count
    (1, [2.0], 2)
    """
    orders: list[OrderEvent] = []
    others: list[AnyEvent] = []
    for event in events:
        if isinstance(event, _ORDERING):
            orders.append(event)
        else:
            others.append(event)
    orders.sort(key=_place)
    others.sort(key=_place)
    told_apart = unit_items if isinstance(unit_items, Set) else frozenset(unit_items)
    state, purchases = _fold_orders(orders, numbers, version, told_apart)
    dealings = fold_dealings(others, purchases, numbers, told_apart)
    return state if dealings is NO_DEALINGS else replace(state, dealings=dealings)


def kept_lines(events: Iterable[AnyEvent], numbers: Mapping[ItemId, ItemNumber]) -> list[BoughtLine]:
    """Return every line that one customer bought, with what returns and cancelled orders left of it.

    Parameters
    ----------
    events
        Every event of the customer, in any order.
    numbers
        Number of every item the log has seen.

    Examples
    --------
    >>> from recommender.events.vocabulary import OrderLine, ReturnLine
    >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> bought = Purchase(source="shop", event_id="1", occurred_at=noon, order_id="A1", lines=(OrderLine(item_id="mug", quantity=2.0),))
    >>> back = Return(source="shop", event_id="2", occurred_at=noon, lines=(ReturnLine(item_id="mug", order_id="A1"),))
    >>> [one.kept for one in kept_lines([back, bought], {ItemId("mug"): ItemNumber(0)})]
    [1.0]
    """
    orders = sorted((event for event in events if isinstance(event, _ORDERING)), key=_place)
    _, purchases = _fold_orders(orders, numbers, 0, frozenset())
    return list(bought_lines(orders, purchases.kept, number_reader(numbers)))


def _place(event: AnyEvent) -> tuple[datetime, str, str]:
    return event.occurred_at, event.source, event.event_id


def _fold_orders(
    orders: Sequence[OrderEvent],
    numbers: Mapping[ItemId, ItemNumber],
    version: int,
    unit_items: Set[ItemNumber],
) -> tuple[CustomerState, Purchases]:
    if not orders:
        return CustomerState.empty(version), Purchases((), np.empty(0, np.float64), has_own_lines=False)
    gathered = _Gathered(numbers)
    for event in orders:
        gathered.add(event)
    arranged = arrange(gathered.lines())
    matched = match_arranged(arranged)
    folded = fold_matched(arranged, matched, [CustomerId("")], np.array([version], np.int64))
    return folded.state(0), Purchases(orders, matched[0], has_own_lines=gathered.has_own_lines(unit_items))
