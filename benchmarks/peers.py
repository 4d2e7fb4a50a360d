"""Plain peers, each with a few settings of which the best on the window before is taken."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

K = 10
Ranking: TypeAlias = dict[str, list[str]]
"""The ten items of each customer, best first."""

Peer: TypeAlias = Callable[[pl.DataFrame, datetime], Ranking]
"""Ranks for every customer of the purchases (``customer, item, at``) that were made before a time."""


def best_of_each(
    peers: Mapping[str, tuple[Peer, ...]],
    purchases: pl.DataFrame,
    cut: datetime,
    window: timedelta,
    judge: Callable[[Ranking, datetime], float],
) -> dict[str, Ranking]:
    """Choose every peer's settings on the window before the cut, and rank with them at the cut."""
    tune = cut - window
    past, before = purchases.filter(pl.col("at") < tune), purchases.filter(pl.col("at") < cut)
    chosen = {
        name: max(settings, key=lambda peer: judge(peer(past, tune), tune))
        for name, settings in peers.items()
    }
    return {name: peer(before, cut) for name, peer in chosen.items()}


def ranking_of(rows: pl.DataFrame) -> Ranking:
    """Return the first ten items of each customer, in the order of the rows."""
    return dict(rows.group_by("customer", maintain_order=True).agg(pl.col("item").head(K)).iter_rows())


def item_sets(rows: pl.DataFrame) -> dict[str, set[str]]:
    """Return what each customer bought."""
    grouped = rows.group_by("customer").agg(pl.col("item").unique())
    return {customer: set(items) for customer, items in grouped.iter_rows()}


def popularity(rows: pl.DataFrame, now: datetime, *, days: int) -> Ranking:
    """Rank by buyers of the last days; what is owned is left out."""
    lately = rows.filter(pl.col("at") >= now - timedelta(days=days))
    top = lately.group_by("item").agg(pl.col("customer").n_unique().alias("buyers"))
    ordered = top.sort("buyers", "item", descending=[True, False])["item"].to_list()
    return {
        customer: [item for item in ordered[: K + len(owned)] if item not in owned][:K]
        for customer, owned in item_sets(rows).items()
    }


def frequency(rows: pl.DataFrame, now: datetime, *, half_life_days: float) -> Ranking:
    """Rank each customer's own items by decayed number of purchases."""
    age_days = (pl.lit(now) - pl.col("at")).dt.total_seconds() / 86_400
    counted = rows.unique().with_columns((2.0 ** (-age_days / half_life_days)).alias("weight"))
    score = counted.group_by("customer", "item").agg(pl.col("weight").sum())
    return ranking_of(score.sort("weight", "item", descending=[True, False]))


def als(rows: pl.DataFrame, _now: datetime, *, factors: int, alpha: float) -> Ranking:
    """Rank by implicit ALS as published, on what was ever bought."""
    customers, items = rows["customer"].unique().sort(), rows["item"].unique().sort()
    row = rows["customer"].cast(pl.Enum(customers)).to_physical().to_numpy()
    column = rows["item"].cast(pl.Enum(items)).to_physical().to_numpy()
    matrix = csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(len(customers), len(items)))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    with threadpool_limits(limits=1, user_api="blas"):
        model = AlternatingLeastSquares(factors=factors, alpha=alpha, random_state=1)
        model.fit(matrix, show_progress=False)
        best, _ = model.recommend(np.arange(len(customers)), matrix, N=K, filter_already_liked_items=True)
    names = items.to_list()
    return {
        customer: [names[item] for item in picked] for customer, picked in zip(customers, best, strict=True)
    }


NEW: Mapping[str, tuple[Peer, ...]] = {
    "popularity (best horizon)": tuple(partial(popularity, days=days) for days in (7, 28, 10_000)),
    "implicit ALS (best of 4)": tuple(
        partial(als, factors=factors, alpha=alpha) for factors in (32, 128) for alpha in (1.0, 10.0)
    ),
}
"""Peers for items not bought before."""

AGAIN: Mapping[str, tuple[Peer, ...]] = {
    "personal frequency": (partial(frequency, half_life_days=1e9),),
    "decayed frequency (best half-life)": tuple(
        partial(frequency, half_life_days=days) for days in (14, 28, 56, 112, 224)
    ),
}
"""Peers for items bought before."""
