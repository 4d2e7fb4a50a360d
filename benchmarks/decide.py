"""Microseconds of one decision, from a state in memory to an ordered slate with reasons, on one core.

10,000 items, customers of 100 purchases, offers and repeats, k = 10; the peer answers one customer from its factors,
folded in anew as ours is, without gates, repeats or reasons.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from benchmarks.homes import busy_home
from benchmarks.learned import models_of, read_learned
from benchmarks.results import Row
from benchmarks.synthetic import PURCHASES
from recommender.candidates import assortment_of
from recommender.decisions import DecisionRequest, decide
from recommender.types import DecisionId, Float64Array, ModelVersion

CUSTOMERS = 500
PEER_FACTORS = 64


def measure(folder: Path, rounds: int) -> list[Row]:
    """Decide for each of some customers, in turns with the peer."""
    learned = read_learned(busy_home(folder))
    models = models_of(learned)
    assortment = assortment_of(models, learned.catalogue, ModelVersion("1"))
    request, nobody = DecisionRequest(k=10), DecisionId("")
    rows = [row for row, state in enumerate(learned.states) if state.lines == PURCHASES][:CUSTOMERS]
    with threadpool_limits(limits=1):
        peer = AlternatingLeastSquares(factors=PEER_FACTORS, iterations=5, random_state=1, num_threads=1)
        peer.fit(learned.matrix, show_progress=False)

        def ours(row: int) -> None:
            decide(learned.states[row], request, models, assortment, now_s=learned.now_s, decision_id=nobody)

        def theirs(row: int) -> None:
            peer.recommend(row, learned.matrix[row], N=10, recalculate_user=True)

        for answer in (ours, theirs):
            _microseconds(answer, rows)  # warms it
        pairs = [(_microseconds(ours, rows), _microseconds(theirs, rows)) for _ in range(rounds)]
    name = f"implicit.recommend, {PEER_FACTORS} factors, one customer"
    note = f"{len(models.items):,} items, {PURCHASES} purchases, one core"
    return [
        Row(
            f"decide, p{quantile}",
            "us",
            tuple(float(np.percentile(mine, quantile)) for mine, _ in pairs),
            name,
            tuple(float(np.percentile(other, quantile)) for _, other in pairs),
            note=note,
        )
        for quantile in (50, 99)
    ]


def _microseconds(answer: Callable[[int], None], rows: list[int]) -> Float64Array:
    taken = []
    for row in rows:
        started = time.perf_counter()
        answer(row)
        taken.append(time.perf_counter() - started)
    return np.array(taken) * 1e6
