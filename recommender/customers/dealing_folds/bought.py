"""Bought lines one by one, with what returns and cancellations left of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from recommender.customers.dealing_folds.reading import NumberOf
from recommender.events.vocabulary import OrderCancelled, OrderLine, Purchase, Return
from recommender.types import Float64Array

OrderEvent: TypeAlias = Purchase | Return | OrderCancelled


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """One line of an order; ``kept`` is what the fold of the purchases left of it."""

    order: Purchase
    line: OrderLine
    number: int
    kept: float


def bought_lines(
    events: Sequence[OrderEvent], kept: Float64Array, number_of: NumberOf
) -> tuple[BoughtLine, ...]:
    """Put the bought lines of a customer and what the fold kept of their rows side by side.

    Parameters
    ----------
    events
        In the order of the fold; ``kept`` has a row per bought or returned line and per cancelled order of them.
    number_of
        Reads item ids.
    """
    return tuple(_bought(events, kept.tolist(), number_of))


def _bought(events: Sequence[OrderEvent], kept: list[float], number_of: NumberOf) -> Iterator[BoughtLine]:
    begin = 0
    for event in events:
        if isinstance(event, Purchase):
            for row, line in enumerate(event.lines, begin):
                number = number_of(line.item_id)
                if number is not None:  # always: the fold of the purchases refused it otherwise
                    yield BoughtLine(event, line, number, kept[row])
        begin += 1 if isinstance(event, OrderCancelled) else len(event.lines)
