"""Customers per second: everybody's best ten by ``decide()``, against ``implicit.recommend`` in the same run."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from benchmarks.homes import grocery_home, retail_home, wide_home
from benchmarks.learned import Learned, models_of, read_learned
from benchmarks.results import Row
from recommender.candidates import ActionKind, assortment_of
from recommender.decisions import DecisionRequest
from recommender.types import ModelVersion
from training.export_rows import Exporter

THREADS = 2
BLOCK = 200
PEER_FACTORS = 128


def measure(folder: Path, rounds: int) -> list[Row]:
    """Measure the grocer, Online Retail II where it is at hand, and a shop of 50,000 items."""
    homes = {
        "grocery": grocery_home(folder),
        "online-retail-II": retail_home(folder),
        "50,000 items": wide_home(folder),
    }
    return [_measure(name, home, rounds) for name, home in homes.items() if home is not None]


def _measure(name: str, home: Path, rounds: int) -> Row:
    """Decide for everybody as ``rapport export`` does (rows with reasons), in turns with the peer."""
    learned = read_learned(home)
    models = models_of(learned)
    exporter = Exporter(
        models,
        assortment_of(models, learned.catalogue, ModelVersion("1")),
        DecisionRequest(k=10, actions=(ActionKind.PRODUCT_OFFER,)),
        learned.now_s,
    )
    with threadpool_limits(limits=1, user_api="blas"):
        peer = AlternatingLeastSquares(factors=PEER_FACTORS, iterations=5, random_state=1)
        peer.fit(learned.matrix, show_progress=False)
        _ours(exporter, learned)
        pairs = [(_ours(exporter, learned), _theirs(peer, learned)) for _ in range(rounds)]
    return Row(
        f"export, {name}: product offers with reasons",
        "customers/s",
        tuple(mine for mine, _ in pairs),
        f"implicit.recommend, {PEER_FACTORS} factors",
        tuple(theirs for _, theirs in pairs),
        note=f"{len(learned.customers):,} customers, {len(models.items):,} items, {THREADS} threads",
    )


def _ours(exporter: Exporter, learned: Learned) -> float:
    starts = range(0, len(learned.customers), BLOCK)
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        blocks = [
            pool.submit(exporter.rows, learned.customers[at : at + BLOCK], learned.states[at : at + BLOCK])
            for at in starts
        ]
        assert all(len(block.result().rows) for block in blocks)
    return len(learned.customers) / (time.perf_counter() - started)


def _theirs(peer: AlternatingLeastSquares, learned: Learned) -> float:
    customers = np.arange(learned.purchases.customer.max() + 1)
    started = time.perf_counter()
    peer.recommend(customers, learned.matrix[customers], N=10, filter_already_liked_items=True)
    return len(customers) / (time.perf_counter() - started)
