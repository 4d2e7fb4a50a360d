"""Bought lines one by one, with what returns and cancellations left of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from recommender.customers.dealing_folds.reading import NumberOf
from recommender.events.vocabulary import OrderCancelled, OrderLine, Purchase, Return, ReturnLine
from recommender.types import Float64Array

OrderEvent: TypeAlias = Purchase | Return | OrderCancelled


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """One line of an order; ``kept`` is what the fold of the purchases left of it."""

    row: int
    order: Purchase
    line: OrderLine
    number: int
    kept: float


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """One line of a return, and which bought lines came before it: those of rows below ``row``."""

    row: int
    line: ReturnLine
    number: int


@dataclass(frozen=True, slots=True)
class Trade:
    """What one customer bought and gave back, in the order of the fold.

    ``cancelled`` are order ids.
    """

    bought: tuple[BoughtLine, ...]
    brought_back: tuple[BroughtBack, ...]
    cancelled: frozenset[str]


def trade_of(events: Sequence[OrderEvent], kept: Float64Array, number_of: NumberOf) -> Trade:
    """Put the events of a customer and what the fold kept of their rows side by side.

    Parameters
    ----------
    events
        In the order of the fold; ``kept`` has a row per bought or returned line and per cancelled order of them.
    number_of
        Reads item ids; a returned item without a number was never bought, and is left out.
    """
    left = kept.tolist()
    return Trade(
        bought=tuple(_bought(events, left, number_of)),
        brought_back=tuple(_brought_back(events, number_of)),
        cancelled=frozenset(event.order_id for event in events if isinstance(event, OrderCancelled)),
    )


def _rows(events: Sequence[OrderEvent]) -> Iterator[tuple[int, OrderEvent]]:
    """Yield each event with the row at which it begins."""
    row = 0
    for event in events:
        yield row, event
        row += 1 if isinstance(event, OrderCancelled) else len(event.lines)


def _bought(events: Sequence[OrderEvent], kept: list[float], number_of: NumberOf) -> Iterator[BoughtLine]:
    for begin, event in _rows(events):
        if isinstance(event, Purchase):
            for row, line in enumerate(event.lines, begin):
                number = number_of(line.item_id)
                if number is not None:  # always: the fold of the purchases refused it otherwise
                    yield BoughtLine(row, event, line, number, kept[row])


def _brought_back(events: Sequence[OrderEvent], number_of: NumberOf) -> Iterator[BroughtBack]:
    for begin, event in _rows(events):
        if isinstance(event, Return):
            for row, line in enumerate(event.lines, begin):
                number = number_of(line.item_id)
                if number is not None:
                    yield BroughtBack(row, line, number)
