"""Seconds to learn everything (all sources, chosen and measured on windows) against bare ``implicit`` ALS on the same matrix."""

import time
from pathlib import Path

from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from benchmarks.homes import grocery_home
from benchmarks.learned import Learned, read_learned
from benchmarks.results import Row
from recommender.fitting import FitConfig, select_and_fit
from recommender.fitting.config import AlsConfig


def measure(folder: Path, rounds: int) -> list[Row]:
    """Learn in memory, in turns with ``implicit``; the matrix is there for both."""
    grocery = read_learned(grocery_home(folder))
    pairs = [(_ours(grocery), _theirs(grocery)) for _ in range(min(rounds, 3))]
    shape = f"{grocery.matrix.shape[0]:,} x {grocery.matrix.shape[1]:,}, {grocery.matrix.nnz:,} pairs"
    ours, theirs = tuple(mine for mine, _ in pairs), tuple(peer for _, peer in pairs)
    return [
        Row(
            "learn, choose, measure, learn again",
            "s",
            ours,
            f"implicit ALS, {AlsConfig().factors} factors, one fit",
            theirs,
            note=shape,
        )
    ]


def _ours(grocery: Learned) -> float:
    started = time.perf_counter()
    select_and_fit(grocery.purchases, grocery.catalogue, FitConfig(budget_seconds=60), until_s=grocery.now_s)
    return time.perf_counter() - started


def _theirs(grocery: Learned) -> float:
    config = AlsConfig()
    started = time.perf_counter()
    with threadpool_limits(limits=1, user_api="blas"):
        model = AlternatingLeastSquares(factors=config.factors, iterations=config.iterations, random_state=1)
        model.fit(grocery.matrix, show_progress=False)
    return time.perf_counter() - started
