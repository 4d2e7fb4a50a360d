"""What a peer is given, and what it has to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_matrix

from recommender.evaluation import Task
from recommender.types import Float32Array, Int32Array, Int64Array

BUDGET = 4
"""Settings that every peer may try; a method without anything to set has one."""

Setting: TypeAlias = Mapping[str, float]
"""One choice of a peer's parameters. Times are in windows, so that they fit every shop."""

EVERY_TASK = frozenset(Task)


@dataclass(frozen=True, slots=True)
class Baskets:
    """The orders of customers: one entry per (order, item), by customer, oldest order first.

    Attributes
    ----------
    customer
        Row of each basket, ``int32 [baskets]``, ascending.
    at_s
        When, seconds since 1970, ``int64 [baskets]``, ascending per customer.
    indptr
        ``int64 [baskets + 1]``.
    item
        Item index, ``int32``.
    """

    customer: Int32Array
    at_s: Int64Array
    indptr: Int64Array
    item: Int32Array

    def basket_of_line(self) -> Int64Array:
        """Return the basket of every entry."""
        return np.repeat(np.arange(len(self.customer)), np.diff(self.indptr))

    def position_from_last(self) -> Int64Array:
        """Return how many later baskets its customer has, per basket: 0 is the latest."""
        end = np.searchsorted(self.customer, self.customer, side="right")
        return end - 1 - np.arange(len(self.customer))


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before a cut, in the catalogue of that cut: item 0 has most buyers.

    Attributes
    ----------
    bought
        Buyers x items, 1 where something was bought, ``float32`` CSR. The first ``n_customers`` rows are customers,
        every other row is the order of a guest.
    orders
        The same cells with the number of distinct orders.
    last_s
        Last purchase of every stored cell, seconds since 1970, ``int64``.
    baskets
        The customers' orders.
    n_customers
        Customers.
    now_s
        The cut, seconds since 1970.
    window_days
        The window that is predicted.
    seed
        Of everything random.
    """

    bought: csr_matrix
    orders: csr_matrix
    last_s: Int64Array
    baskets: Baskets
    n_customers: int
    now_s: int
    window_days: float
    seed: int = 1

    @property
    def n_items(self) -> int:
        """Size of the catalogue."""
        return int(self.bought.shape[1])


@dataclass(frozen=True, slots=True)
class Fitted:
    """A peer that learned.

    Attributes
    ----------
    scores
        From customers' rows to ``float32 [rows, n]``: finite, higher is better. A row depends on nothing but itself.
    stranger
        What the method says of somebody without a purchase, ``float32 [n]``; ``None`` when it has no answer.
    """

    scores: Callable[[Int64Array], Float32Array]
    stranger: Float32Array | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """A method of somebody else.

    Attributes
    ----------
    name
        What ``--peers`` calls it.
    title
        For tables.
    source
        Paper, and the implementation that runs.
    settings
        Among which validation windows choose: ``BUDGET`` of them, or one.
    fit
        Learns with one of the settings.
    tasks
        What it answers at all.
    effort
        About how long one setting takes compared with the other peers, before anything was measured.
    """

    name: str
    title: str
    source: str
    settings: tuple[Setting, ...]
    fit: Callable[[Known, Setting], Fitted]
    tasks: frozenset[Task] = EVERY_TASK
    effort: float = 1.0


def same_for_all(score: Float32Array) -> Fitted:
    """Return a fitted method that tells everybody the same."""
    return Fitted(lambda rows: np.tile(score, (len(rows), 1)), stranger=score)


def from_weights(bought: csr_matrix, weights: csr_matrix) -> Fitted:
    """Return a fitted item-to-item method: what was bought, times item x item weights."""

    def scores(rows: Int64Array) -> Float32Array:
        answer: Float32Array = np.asarray((bought[rows] @ weights).todense(), np.float32)
        return answer

    return Fitted(scores)


def from_factors(customers: Float32Array, items: Float32Array) -> Fitted:
    """Return a fitted factorisation: inner products of rows."""
    return Fitted(lambda rows: np.asarray(customers[rows] @ items.T, np.float32))
