"""What the owners of an item teach about buying it again: gap, pace, freshness, trend, season, amounts, popularity."""

from typing import NamedTuple

import numpy as np

from recommender.data import Histories, Purchases
from recommender.data.holdings import Holdings
from recommender.data.weights import recency_weights
from recommender.models.repeat_amounts import LEAST
from recommender.models.repeat_facts import YEAR_S
from recommender.models.repeat_tables import (
    BUYERS,
    DAY_S,
    FOUND,
    FRESH,
    ITEM_COLUMNS,
    PACE,
    POPULAR,
    PRICE,
    QUANTITY,
    SEASON,
    TREND,
)
from recommender.types import Float32Array, Float64Array, Int32Array

_MOST_SHAPE = 1e6
_LEAST_SHAPE = 0.02
_FEW = 0.05
"""Buyers that every item is taken to have had: keeps logarithms finite and rare items apart from each other."""


class Paces(NamedTuple):
    """A hierarchy of paces: repeats per owner and day of each item, and the Gamma shapes of pairs and customers."""

    of_item: Float64Array
    pair_shape: float
    customer_shape: float


def item_gaps(histories: Histories, prior: float) -> Float32Array:
    """Return the mean days between two purchases of each item by one customer, shrunk to the shop's mean.

    ``(sum of spans + prior x shop's gap) / (number of gaps + prior)``; a shop without any repeat gets the mean
    time that its customers are known, at least a day.
    """
    holdings = histories.holdings
    pairs = int(holdings.indptr[holdings.n_customers])
    span = (holdings.last_s[:pairs].astype(np.int64) - holdings.first_s[:pairs]) / DAY_S
    gaps = holdings.orders[:pairs].astype(np.int64) - 1
    repeated = (gaps > 0) & (span > 0)
    item = holdings.item[:pairs][repeated]
    if repeated.any():
        shop = float(span[repeated].sum() / gaps[repeated].sum())
    else:
        shop = float(np.mean(histories.last_s - histories.first_s)) / DAY_S if len(histories) else 0.0
    total = np.bincount(item, weights=span[repeated], minlength=holdings.n_items)
    count = np.bincount(item, weights=gaps[repeated], minlength=holdings.n_items)
    return np.maximum((total + prior * shop) / (count + prior), 1.0).astype(np.float32)


def item_paces(histories: Histories, now_s: int, category: Int32Array | None = None) -> Paces:
    """Return how often owners repeat each item, counting the time since the last purchase too.

    Repeats are Poisson with a Gamma pace: an item's is shrunk to its category's, that to the shop's, by the shapes
    that the spread of the counts shows (method of moments); so are pairs to their item and customers to the shop.

    Parameters
    ----------
    histories
        What was known at ``now_s``.
    now_s
        Seconds since 1970.
    category
        Code of each item's category, ``int32 [n]``, negative for none; ``None`` where nothing is known.
    """
    holdings = histories.holdings
    pairs = int(holdings.indptr[holdings.n_customers])
    item, row = holdings.item[:pairs], holdings.row_of_pair()[:pairs]
    known = np.maximum(now_s - holdings.first_s[:pairs].astype(np.int64), 0) / DAY_S
    repeats = holdings.orders[:pairs].astype(np.float64) - 1.0
    by_item = _total(item, repeats, holdings.n_items)
    days = _total(item, known, holdings.n_items)
    shop = (by_item.sum() + 0.5) / (days.sum() + 1.0)
    parent = _paces_of_categories(by_item, days, shop, category)
    pace = _shrunk(by_item, days, parent)
    expected = pace[item] * known
    customers = len(histories)
    return Paces(
        pace,
        gamma_shape(repeats, expected),
        gamma_shape(
            _total(row, repeats, customers),
            _total(row, expected, customers),
        ),
    )


def gamma_shape(counts: Float64Array, expected: Float64Array) -> float:
    """Return the shape of a Gamma factor on Poisson means by moments: ``sum e^2 / sum ((n - e)^2 - e)``.

    Examples
    --------
    >>> round(gamma_shape(np.array([0.0, 20.0]), np.array([10.0, 10.0])), 2)
    1.11
    """
    excess = float(((counts - expected) ** 2 - expected).sum())
    if excess <= 0.0:
        return _MOST_SHAPE
    return float(np.clip(float(expected @ expected) / excess, _LEAST_SHAPE, _MOST_SHAPE))


def _total(code: Int32Array, values: Float64Array, size: int) -> Float64Array:
    return np.bincount(code, weights=values, minlength=size).astype(np.float64)


def _paces_of_categories(
    repeats: Float64Array, days: Float64Array, shop: float, category: Int32Array | None
) -> Float64Array:
    whole = np.full(len(repeats), shop)
    if category is None or not (category >= 0).any():
        return whole
    code = category + 1
    size = int(code.max()) + 1
    pace = _shrunk(_total(code, repeats, size), _total(code, days, size), np.full(size, shop))
    return np.where(category >= 0, pace[code], shop)


def _shrunk(repeats: Float64Array, days: Float64Array, parent: Float64Array) -> Float64Array:
    shape = gamma_shape(repeats, parent * days)
    return (repeats + shape) / (days + shape / parent)


def item_table(
    known: Purchases, histories: Histories, paces: Paces, now_s: int, window_s: int
) -> Float32Array:
    """Return what is known of each item at a time, ``float32 [n, columns]``; what windows teach, and tastes, are left at 0."""
    buyers = _Buyers(known, now_s, window_s)
    holdings = histories.holdings
    owners = np.bincount(
        holdings.item[: int(holdings.indptr[holdings.n_customers])], minlength=holdings.n_items
    )
    table = np.zeros((holdings.n_items, ITEM_COLUMNS), np.float32)
    table[:, PACE] = paces.of_item
    table[:, FRESH] = np.log((buyers.between(0.0, 0.25) + 0.5) / (owners + 2.0))
    table[:, TREND] = np.log((buyers.between(0.0, 1.0) + 2.0) / (buyers.between(1.0, 5.0) + 2.0))
    table[:, SEASON] = _season(buyers, YEAR_S / window_s)
    table[:, QUANTITY] = _usual_quantity(holdings)
    table[:, PRICE] = _usual_price(known, holdings.n_items)
    table[:, POPULAR:] = _popularity(holdings, now_s, window_s)
    return table


def _popularity(holdings: Holdings, now_s: int, window_s: int) -> Float64Array:
    """Return logarithms of decayed buyers, guests included, ``float64 [n, horizons]``."""
    dated = [(holdings.last_s, each) for each in BUYERS] + [(holdings.first_s, each) for each in FOUND]
    columns = []
    for at_s, half_life in dated:
        endless = np.isinf(half_life)
        days = half_life * window_s / DAY_S
        weight = None if endless else recency_weights(at_s.astype(np.int64), now_s, days)
        columns.append(np.bincount(holdings.item, weights=weight, minlength=holdings.n_items))
    logs: Float64Array = np.log(np.column_stack(columns) + _FEW)
    return logs


def _usual_quantity(holdings: Holdings) -> Float64Array:
    """Return the mean, over owners, of the log quantity of an order."""
    pairs = int(holdings.indptr[holdings.n_customers])
    item, each = holdings.item[:pairs], holdings.quantity[:pairs] / holdings.orders[:pairs]
    owners = np.bincount(item, minlength=holdings.n_items)
    logs = np.log(np.maximum(each.astype(np.float64), LEAST))
    mean: Float64Array = np.bincount(item, logs, holdings.n_items) / np.maximum(owners, 1)
    return mean


def _usual_price(known: Purchases, n_items: int) -> Float64Array:
    """Return the geometric mean price of a line; that of the shop where an item has none, 1 in a shop without prices."""
    priced = np.isfinite(known.unit_price) & (known.unit_price > 0)
    item, logs = known.item[priced], np.log(known.unit_price[priced])
    lines = np.bincount(item, minlength=n_items)
    shop = float(logs.mean()) if len(logs) else 0.0
    total = np.bincount(item, weights=logs, minlength=n_items)
    price: Float64Array = np.exp(np.where(lines > 0, total / np.maximum(lines, 1), shop))
    return price


class _Buyers:
    """Distinct customers who bought each item, by age of the purchase in windows."""

    def __init__(self, known: Purchases, now_s: int, window_s: int) -> None:
        named = known.customer >= 0
        self.n_items = len(known.items)
        self.age = (now_s - known.at_s[named]) / window_s
        self.key = known.customer[named].astype(np.int64) * self.n_items + known.item[named]

    def between(self, youngest: float, oldest: float) -> Float64Array:
        """Return the buyers of each item with ``youngest < age <= oldest``, counted once per window, per window."""
        inside = (self.age > youngest) & (self.age <= oldest)
        windows = int(np.ceil(oldest - youngest))
        slot = np.minimum((self.age[inside] - youngest).astype(np.int64), windows - 1)
        pairs = np.unique(self.key[inside] * windows + slot) // windows
        return np.bincount(pairs % self.n_items, minlength=self.n_items) / max(oldest - youngest, 1.0)


def _season(buyers: _Buyers, year: float) -> Float64Array:
    """Return the log of last year's buyers of the coming window over the mean of the year around it."""
    oldest = min(year + 5.5, float(buyers.age.max(initial=0.0)))
    if oldest < year:
        return np.zeros(buyers.n_items)
    coming = buyers.between(year - 1.0, year)
    return np.log((coming + 2.0) / (buyers.between(year - 6.5, oldest) + 2.0))
