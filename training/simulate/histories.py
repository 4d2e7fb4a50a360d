"""The states of customers on every day of the window, each from the events before that day alone.

Who has nothing but plain orders is folded from columns, which is the same state bit for bit.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from recommender.customers.columns import fold_matched
from recommender.customers.folding import fold
from recommender.customers.lines import NO_ORDER, PURCHASE, OrderLines
from recommender.customers.matching import arrange, match_arranged
from recommender.customers.state import CustomerState
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    Cart,
    ComplaintOpened,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Impression,
    Purchase,
    Question,
    Response,
    Return,
    Review,
    ServiceVisit,
    SurveyAnswer,
    View,
)
from recommender.storage.clock import to_microseconds
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
from recommender.types import CustomerId, Int64Array, ItemNumber
from training.simulate.window import Window

_MICROSECONDS: Final = 1_000_000
_COMES: Final = (
    Appointment,
    Cart,
    ComplaintOpened,
    Purchase,
    Question,
    Return,
    Review,
    ServiceVisit,
    SurveyAnswer,
    View,
)
"""What a customer does who comes to the brand."""

_TOLD: Final = (ContactReserved, ContactSent, ContactReleased, Impression, Response)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One customer.

    Attributes
    ----------
    states
        Per day; None before their first event. Days without a new event share one object.
    comes_s
        Per day: when they first come between its decisions and those of the next day, seconds since 1970; 0: never.
    """

    customer_id: CustomerId
    states: tuple[CustomerState | None, ...]
    comes_s: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Histories:
    """Reads histories from a log.

    Attributes
    ----------
    planned
        Items of which units are told apart.
    """

    log: EventLog
    window: Window
    planned: frozenset[ItemNumber]

    def of(self, customers: Sequence[CustomerId], beyond: frozenset[str]) -> Iterator[History]:
        """Yield the history of every customer, in the order of ``customers``, which ascend.

        Parameters
        ----------
        beyond
            Who among them has other events than orders.
        """
        logged = self.log.order_lines(customers=customers)
        row_of = {who: row for row, who in enumerate(logged.customer_ids)}
        owners = self._owners(logged)
        singly = [who for who in customers if who in beyond or who in logged.with_own_lines or who in owners]
        known = self.log.histories_of(singly) if singly else {}
        by_customer = _rows_of(logged)
        for who in customers:
            if who in known:
                yield self._folded(who, known[who].events)
            elif who in row_of:
                yield self._plain(who, logged.lines.where(by_customer[row_of[who]]))
            else:
                yield History(who, (None,) * self.window.days, (0,) * self.window.days)

    def _owners(self, logged: LoggedLines) -> set[CustomerId]:
        """Return who bought anything that is planned."""
        if not self.planned:
            return set()
        lines = logged.lines
        is_asked = (lines.kind == PURCHASE) & np.isin(lines.number, np.fromiter(self.planned, np.uint32))
        return {logged.customer_ids[code] for code in np.unique(lines.customer[is_asked]).tolist()}

    def _plain(self, who: CustomerId, lines: OrderLines) -> History:
        moments_us = np.array(self.window.moments, np.int64) * _MICROSECONDS
        sizes = np.searchsorted(lines.at_us, moments_us, side="left")
        cuts = [size for size in np.unique(sizes).tolist() if size > 0]
        known = dict(zip(cuts, _folded_at(lines, cuts), strict=True)) if cuts else {}
        comes_us = lines.at_us[lines.kind <= PURCHASE + 1]
        return History(who, tuple(known.get(size) for size in sizes.tolist()), self._comes(comes_us))

    def _folded(self, who: CustomerId, events: Sequence[AnyEvent]) -> History:
        begins_s = self.window.begins_s
        kept = [event for event in events if not _is_replaced(event, begins_s)]
        at_us = [to_microseconds(event.occurred_at) for event in kept]
        known: dict[int, CustomerState | None] = {0: None}
        days = []
        for moment_s in self.window.moments:
            size = bisect_left(at_us, moment_s * _MICROSECONDS)
            if size not in known:
                known[size] = self._fold(kept[:size])
            days.append(known[size])
        comes_us = [at for at, event in zip(at_us, kept, strict=True) if isinstance(event, _COMES)]
        return History(who, tuple(days), self._comes(np.array(comes_us, np.int64)))

    def _fold(self, events: Sequence[AnyEvent]) -> CustomerState:
        return fold(events, self.log.numbers, len(events), unit_items=self.planned)

    def _comes(self, at_us: Int64Array) -> tuple[int, ...]:
        """Return when the customer first comes after each day's moment and before the next; 0: not at all."""
        window = self.window
        firsts = np.searchsorted(at_us, np.array(window.moments, np.int64) * _MICROSECONDS, side="left")
        times_s = [
            int(at_us[first] // _MICROSECONDS) if first < at_us.size else 0 for first in firsts.tolist()
        ]
        return tuple(at_s if at_s < window.ends_s(day) else 0 for day, at_s in enumerate(times_s))


def _is_replaced(event: AnyEvent, begins_s: int) -> bool:
    """Whether what really was said, and what followed from it, is left out: the simulated contacts take its place.

    That an address is gone is true whoever writes to it: what bounced stays.
    """
    return isinstance(event, _TOLD) and to_microseconds(event.occurred_at) >= begins_s * _MICROSECONDS


def _rows_of(logged: LoggedLines) -> list[Int64Array]:
    """Return the rows of each customer, in the order of the fold."""
    customer = logged.lines.customer
    order = np.argsort(customer, kind="stable")
    bounds = np.searchsorted(customer[order], np.arange(len(logged.customer_ids) + 1))
    return [order[begin:end] for begin, end in pairwise(bounds.tolist())]


def _folded_at(lines: OrderLines, sizes: Sequence[int]) -> Iterator[CustomerState]:
    """Yield the states of one customer from so many of their first lines each, which are arranged once."""
    # Codes of this customer's orders alone: what is kept per order is as long as the largest.
    own, order = np.unique(lines.order, return_inverse=True)
    order -= int(own.size > 0 and own[0] == NO_ORDER)
    nobody = np.zeros(len(lines), np.int32)
    arranged = arrange(replace(lines, customer=nobody, order=order.astype(np.int32)))
    for size in sizes:
        part = arranged.first(size)
        version = np.array([size], np.int64)
        yield fold_matched(part, match_arranged(part), [CustomerId("")], version).state(0)
