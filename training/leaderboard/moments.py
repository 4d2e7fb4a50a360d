"""One cut in time: what was known before it, the catalogue of that day, and who bought what in the window after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from recommender.data import GUEST, Histories, Purchases, TemporalSplit, histories_of
from recommender.data.purchases import distinct_buyers
from recommender.evaluation import Task
from recommender.evaluation.outcomes import Outcomes, outcomes_of
from recommender.types import SECONDS_PER_DAY, BoolArray, CustomerId, Int32Array, Int64Array
from training.leaderboard.shops import Shop
from training.peers.contract import Baskets, Known


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for every row of a leaderboard.

    Attributes
    ----------
    window_days
        Length of a window.
    k
        Places of a list.
    min_buyers
        Items with fewer distinct buyers before a cut are not in its catalogue; a guest's order is a buyer.
    most_customers
        At most so many customers per cut and task are judged, drawn at random; everybody teaches.
    seed
        Of everything random.
    """

    window_days: float = 28.0
    k: int = 10
    min_buyers: int = 5
    most_customers: int = 5_000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """The customers who judge one task, and what they bought.

    Attributes
    ----------
    rows
        Customers, ``int64``, ascending.
    indptr, item
        The positives of each of them: ``int64 [rows + 1]`` and ``int32``, ascending.
    """

    rows: Int64Array
    indptr: Int64Array
    item: Int32Array

    def counts(self) -> Int64Array:
        """Return the number of positives of each customer."""
        return np.diff(self.indptr)


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything about one cut.

    Attributes
    ----------
    split
        Begin and end of the window.
    purchases, histories
        What was known before it, over all items.
    known
        The same in the catalogue: the items with enough buyers, which are the first ones.
    judged
        By task.
    strangers, stranger_ids
        Positives of customers who had never bought before, as many as the sample holds, and who they are.
    is_new_item
        Whether an item of the catalogue was first sold within the last window before the cut.
    outcomes
        Everything that known customers bought in the window, over all items.
    """

    split: TemporalSplit
    purchases: Purchases
    histories: Histories
    known: Known
    judged: Mapping[Task, Judged]
    strangers: Judged
    stranger_ids: tuple[CustomerId, ...]
    is_new_item: BoolArray
    outcomes: Outcomes

    @property
    def n_items(self) -> int:
        """Size of the catalogue."""
        return self.known.n_items


def moment_at(shop: Shop, split: TemporalSplit, rules: Rules) -> Moment:
    """Return what was known at a cut, and what followed."""
    purchases = shop.known(split.cut_s)
    histories = histories_of(purchases)
    n_items = int(np.count_nonzero(distinct_buyers(purchases) >= rules.min_buyers))
    later = shop.known(split.end_s).between(split.cut_s, split.end_s)
    bought, first_buys = _in_codes_of(purchases, later)
    strangers = _sample(_by_row(*first_buys, n_items), rules)
    outcomes = outcomes_of(bought, purchases, histories)
    known = _known(purchases, histories, n_items, split.cut_s, rules)
    return Moment(
        split,
        purchases,
        histories,
        known,
        {task: _judged(outcomes, task, n_items, rules) for task in Task},
        strangers,
        tuple(later.customers[row] for row in strangers.rows.tolist()),
        _is_new_item(purchases, n_items, split.cut_s - int(rules.window_days * SECONDS_PER_DAY)),
        outcomes,
    )


def _in_codes_of(known: Purchases, later: Purchases) -> tuple[Purchases, tuple[Int64Array, Int32Array]]:
    """Return the later lines with the customer codes of before, and (customer, item) of those without one."""
    code = {customer: row for row, customer in enumerate(known.customers)}
    mapped = np.array([code.get(customer, GUEST) for customer in later.customers], np.int32)
    is_known = later.customer >= 0
    customer = np.where(is_known, mapped[later.customer] if len(mapped) else GUEST, GUEST).astype(np.int32)
    first = is_known & (customer == GUEST)
    index = known.items.index_of_number()
    number = later.items.numbers[later.item[first]]
    inside = number < len(index)
    item = np.where(inside, index[np.where(inside, number, 0)] if len(index) else -1, -1)
    lines = (later.customer[first].astype(np.int64), item.astype(np.int32))
    return replace(later, customer=customer, customers=known.customers), lines


def _judged(outcomes: Outcomes, task: Task, n_items: int, rules: Rules) -> Judged:
    row = np.repeat(np.arange(len(outcomes.indptr) - 1), np.diff(outcomes.indptr))
    wanted = (
        np.ones(len(row), np.bool_) if task is Task.BASKET else outcomes.was_owned == (task is Task.REPEAT)
    )
    return _sample(_by_row(row[wanted], outcomes.item[wanted], n_items), rules)


def _by_row(row: Int64Array, item: Int32Array, n_items: int) -> Judged:
    """Group distinct (row, item) pairs; items outside of the catalogue are left out."""
    inside = (item >= 0) & (item < n_items)
    key = np.unique(row[inside].astype(np.int64) * max(n_items, 1) + item[inside])
    rows, count = np.unique(key // max(n_items, 1), return_counts=True)
    indptr = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    return Judged(rows.astype(np.int64), indptr, (key % max(n_items, 1)).astype(np.int32))


def _sample(judged: Judged, rules: Rules) -> Judged:
    if len(judged.rows) <= rules.most_customers:
        return judged
    drawn = np.random.default_rng(rules.seed).permutation(len(judged.rows))[: rules.most_customers]
    kept = np.zeros(len(judged.rows), np.bool_)
    kept[drawn] = True
    counts = judged.counts()
    indptr = np.concatenate(([0], np.cumsum(counts[kept]))).astype(np.int64)
    return Judged(judged.rows[kept], indptr, judged.item[np.repeat(kept, counts)])


def _is_new_item(purchases: Purchases, n_items: int, since_s: int) -> BoolArray:
    first = np.full(max(len(purchases.items), 1), np.iinfo(np.int64).max)
    np.minimum.at(first, purchases.item, purchases.at_s)
    is_new: BoolArray = first[:n_items] >= since_s
    return is_new


def _known(purchases: Purchases, histories: Histories, n_items: int, now_s: int, rules: Rules) -> Known:
    holdings = histories.holdings
    kept = holdings.item < n_items
    indptr = np.concatenate(([0], np.cumsum(kept)))[holdings.indptr]
    item, shape = holdings.item[kept], (holdings.n_rows, n_items)
    return Known(
        bought=csr_matrix((np.ones(len(item), np.float32), item, indptr), shape=shape),
        orders=csr_matrix((holdings.orders[kept].astype(np.float32), item, indptr), shape=shape),
        last_s=holdings.last_s[kept].astype(np.int64),
        baskets=baskets_of(purchases, n_items),
        n_customers=holdings.n_customers,
        now_s=now_s,
        window_days=rules.window_days,
        seed=rules.seed,
    )


def baskets_of(purchases: Purchases, n_items: int) -> Baskets:
    """Return the customers' orders; items outside of the catalogue, and orders of nothing else, are left out."""
    kept = (purchases.customer >= 0) & (purchases.item < n_items)
    customer, order = purchases.customer[kept], purchases.order[kept]
    item, at_s = purchases.item[kept], purchases.at_s[kept]
    _, first, code = np.unique(order, return_index=True, return_inverse=True)
    by_time = np.lexsort((first, at_s[first], customer[first]))
    place = np.empty(len(first), np.int64)
    place[by_time] = np.arange(len(first))
    key = np.unique(place[code] * max(n_items, 1) + item)
    size = np.bincount(key // max(n_items, 1), minlength=len(first))
    return Baskets(
        customer[first][by_time].astype(np.int32),
        at_s[first][by_time],
        np.concatenate(([0], np.cumsum(size))).astype(np.int64),
        (key % max(n_items, 1)).astype(np.int32),
    )
