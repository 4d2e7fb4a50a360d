"""Facts of items as of a cut-off: popularity over several horizons and its trends, age, prices, categories."""

import math

import numpy as np

from recommender.data import Purchases
from recommender.data.descriptions import Descriptions
from recommender.data.holdings import Holdings
from recommender.data.weights import recency_weights
from recommender.models.item_facts import FACTS, RELATIVE, ItemFacts
from recommender.models.popularity import PopularityModel
from recommender.types import SECONDS_PER_DAY, Float32Array, Float64Array, Int32Array

_LISTED = 300
"""How many of the best items by each fact are listed: enough to skip what a customer owns."""

_FEW = 0.05
"""Buyers that every item is taken to have had: keeps logarithms finite and rare items apart from each other."""


def fit_item_facts(
    purchases: Purchases,
    holdings: Holdings,
    popularity: PopularityModel,
    descriptions: Descriptions,
    *,
    now_s: int,
    window_days: float,
) -> ItemFacts:
    """Return what is known about each item at a time.

    Parameters
    ----------
    purchases, holdings
        Everything before that time.
    popularity
        Decayed buyers over ascending horizons; five of them are used, fewer are repeated.
    descriptions
        Categories by permanent number.
    now_s, window_days
        The time, seconds since 1970, and the window.
    """
    n_items, window_s = holdings.n_items, window_days * SECONDS_PER_DAY
    rows = np.linspace(0, len(popularity.score) - 1, 5).round().astype(np.int64)
    buyers = popularity.score[rows].astype(np.float64)
    found = _first_time_buyers(holdings, now_s, window_days)
    values = np.zeros((n_items, len(FACTS)), np.float64)
    for column, counts in enumerate((*buyers, *found)):
        values[:, column] = np.log2(counts + _FEW)
    begin = len(RELATIVE)
    for step in range(4):
        values[:, begin + step] = _trend(buyers[step], buyers[step + 1])
    values[:, begin + 4] = _trend(found[1], buyers[2])
    values[:, begin + 5 : begin + 9] = _ages_and_orders(holdings, now_s, window_s)
    change, price = _prices(purchases, n_items, now_s, window_days)
    values[:, -2], values[:, -1] = change, price
    category = descriptions.categories_of(purchases.items.numbers)
    weight = recency_weights(holdings.last_s.astype(np.int64), now_s, 4 * window_days)
    return ItemFacts(
        values=values.astype(np.float32),
        category=category,
        share=_shares(category, holdings.item, weight, descriptions.count),
        best=_best(values[:, : len(RELATIVE)]),
    )


def _first_time_buyers(holdings: Holdings, now_s: int, window_days: float) -> list[Float64Array]:
    counts = []
    for half_life in (0.25, 1.0):
        weight = recency_weights(holdings.first_s.astype(np.int64), now_s, half_life * window_days)
        found = np.bincount(holdings.item, weights=weight, minlength=holdings.n_items)
        counts.append(found.astype(np.float64))
    return counts


def _trend(short: Float64Array, long: Float64Array) -> Float64Array:
    """Return by how much an item's share of the shorter horizon exceeds that of the longer one, doublings."""
    level = math.log2((short.sum() + _FEW) / (long.sum() + _FEW))
    prior = 1.0
    trend: Float64Array = np.log2((short + prior * 2**level) / (long + prior)) - level
    return trend


def _ages_and_orders(holdings: Holdings, now_s: int, window_s: float) -> Float64Array:
    """Return age, time since last sold (both log windows), orders per buyer and quantity per order (log)."""
    n_items = holdings.n_items
    first, last = np.full(n_items, now_s, np.int64), np.zeros(n_items, np.int64)
    np.minimum.at(first, holdings.item, holdings.first_s.astype(np.int64))
    np.maximum.at(last, holdings.item, holdings.last_s.astype(np.int64))
    pairs = np.bincount(holdings.item, minlength=n_items) + 1.0
    orders = np.bincount(holdings.item, weights=holdings.orders, minlength=n_items) + 1.0
    quantity = np.bincount(holdings.item, weights=holdings.quantity, minlength=n_items) + 1.0
    columns = ((now_s - first) / window_s + 0.01, (now_s - last) / window_s + 0.01)
    logs: Float64Array = np.log2(
        np.column_stack((*columns, orders / pairs, np.maximum(quantity / orders, 0.01)))
    )
    return logs


def _prices(
    purchases: Purchases, n_items: int, now_s: int, window_days: float
) -> tuple[Float64Array, Float64Array]:
    """Return the change of the recent against the usual price, and the usual price, both log2; 0 where unknown."""
    priced = np.isfinite(purchases.unit_price) & (purchases.unit_price > 0)
    item, price = purchases.item[priced], np.log2(purchases.unit_price[priced])
    recent = recency_weights(purchases.at_s[priced], now_s, window_days / 4)
    usual = recency_weights(purchases.at_s[priced], now_s, 4 * window_days)
    levels = []
    for weight in (recent, usual):
        total = np.bincount(item, weights=weight, minlength=n_items)
        level = np.bincount(item, weights=weight * price, minlength=n_items)
        levels.append(np.where(total > 0, level / np.where(total > 0, total, 1.0), 0.0))
    return levels[0] - levels[1], levels[1]


def _shares(category: Int32Array, item: Int32Array, weight: Float32Array, count: int) -> Float32Array:
    """Return the share of each category among its level; categories without a sale get a little."""
    share = np.full(count, 1e-6)
    for level in range(category.shape[1]):
        bought = np.bincount(category[item, level], weights=weight, minlength=count)
        share += bought / max(float(bought.sum()), 1e-9)
    return share.astype(np.float32)


def _best(values: Float64Array) -> Int32Array:
    order = np.argsort(-values, axis=0, kind="stable")[:_LISTED]
    return np.ascontiguousarray(order.T, np.int32)
