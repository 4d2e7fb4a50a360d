"""Customers per second: every household's best ten by ``decide()``, against ``implicit.recommend`` in the same run."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from benchmarks.grocery import Grocery, read_grocery
from benchmarks.results import Row
from recommender.bundles import load_bundle
from recommender.candidates import ActionKind, assortment_of
from recommender.decisions import DecisionRequest
from recommender.types import ModelVersion
from training.export_rows import Exporter

THREADS = 2
BLOCK = 200
PEER_FACTORS = 128


def measure(folder: Path, rounds: int) -> list[Row]:
    """Decide for all households as ``rapport export`` does (rows with reasons), in turns with the peer."""
    grocery = read_grocery(folder)
    bundle = next(path for path in sorted((grocery.home / "bundles").iterdir()) if path.is_dir())
    models, _ = load_bundle(bundle)
    exporter = Exporter(
        models,
        assortment_of(models, grocery.catalogue, ModelVersion("1")),
        DecisionRequest(k=10, actions=(ActionKind.PRODUCT_OFFER,)),
        grocery.now_s,
    )
    with threadpool_limits(limits=1, user_api="blas"):
        peer = AlternatingLeastSquares(factors=PEER_FACTORS, iterations=5, random_state=1)
        peer.fit(grocery.matrix, show_progress=False)
        _ours(exporter, grocery)
        pairs = [(_ours(exporter, grocery), _theirs(peer, grocery)) for _ in range(rounds)]
    return [
        Row(
            "export: product offers with reasons",
            "customers/s",
            tuple(mine for mine, _ in pairs),
            f"implicit.recommend, {PEER_FACTORS} factors",
            tuple(theirs for _, theirs in pairs),
            note=f"{len(grocery.customers):,} households, {len(models.items):,} items, {THREADS} threads",
        )
    ]


def _ours(exporter: Exporter, grocery: Grocery) -> float:
    starts = range(0, len(grocery.customers), BLOCK)
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        blocks = [
            pool.submit(exporter.rows, grocery.customers[at : at + BLOCK], grocery.states[at : at + BLOCK])
            for at in starts
        ]
        assert all(len(block.result()[0]) for block in blocks)
    return len(grocery.customers) / (time.perf_counter() - started)


def _theirs(peer: AlternatingLeastSquares, grocery: Grocery) -> float:
    households = np.arange(grocery.purchases.customer.max() + 1)
    started = time.perf_counter()
    peer.recommend(households, grocery.matrix[households], N=10, filter_already_liked_items=True)
    return len(households) / (time.perf_counter() - started)
