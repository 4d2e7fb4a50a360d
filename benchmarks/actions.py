"""Microseconds of a decision among 50 actions of a playbook, on top of the same decision without one.

10,000 items, customers of 100 events (20 orders, and 80 of everything else), up to 200 ranked products, k = 10, outbound
by email with consent, caps and quiet hours. Measured in turns with the plain decision of the same customer; proposals,
gates, weighing, choosing and the encoded receipt are all in it.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.busy_playbook import busy_playbook, with_dealings
from benchmarks.homes import busy_home
from benchmarks.learned import models_of, read_learned
from benchmarks.results import Row
from benchmarks.synthetic import PURCHASES
from recommender.actions import repertoire_of
from recommender.candidates import assortment_of
from recommender.customers import CustomerState
from recommender.decisions import DecisionRequest, decide, encode_receipt
from recommender.types import DecisionId, Float64Array, ModelVersion

CUSTOMERS = 300
BY_EMAIL = DecisionRequest(k=10, channel="email")
ON_SITE = DecisionRequest(k=10, channel="web")
PLAIN = DecisionRequest(k=10)


def measure(folder: Path, rounds: int) -> list[Row]:
    """Decide for each of some customers with and without the playbook, in turns."""
    learned = read_learned(busy_home(folder))
    models = models_of(learned)
    assortment = assortment_of(models, learned.catalogue, ModelVersion("1"))
    repertoire = repertoire_of(busy_playbook(learned.catalogue), learned.catalogue)
    states = [state for state in learned.states if state.lines == PURCHASES][:CUSTOMERS]
    states = [with_dealings(state, learned.now_s, seed) for seed, state in enumerate(states)]
    sizes: list[int] = []

    def plain(state: CustomerState) -> None:
        decide(state, PLAIN, models, assortment, now_s=learned.now_s, decision_id=DecisionId("d"))

    def acting(request: DecisionRequest) -> Callable[[CustomerState], None]:
        def answer(state: CustomerState) -> None:
            decision = decide(
                state,
                request,
                models,
                assortment,
                now_s=learned.now_s,
                decision_id=DecisionId("0190a1b2c3d4e5f6"),
                repertoire=repertoire,
            )
            sizes.append(len(encode_receipt(decision, request)))

        return answer

    with threadpool_limits(limits=1):
        rows = []
        for name, request in (("email", BY_EMAIL), ("site", ON_SITE)):
            rows += _compared(name, (plain, acting(request)), states, max(rounds, 5))
    note = f"{len(repertoire.playbook.actions)} actions, 10 chosen"
    return [*rows, Row("receipt of such a decision, p50", "bytes", (float(np.median(sizes)),), note=note)]


def _compared(
    name: str,
    answers: tuple[Callable[[CustomerState], None], Callable[[CustomerState], None]],
    states: list[CustomerState],
    rounds: int,
) -> list[Row]:
    plain, acting = answers
    _microseconds(plain, states), _microseconds(acting, states)  # warms them
    pairs = [(_microseconds(plain, states), _microseconds(acting, states)) for _ in range(rounds)]
    on_top = tuple(float(np.median(mine - other)) for other, mine in pairs)
    whole = Row(
        f"decide among 50 actions, {name}, p50",
        "us",
        tuple(float(np.median(mine)) for _, mine in pairs),
        "without a playbook",
        tuple(float(np.median(other)) for other, _ in pairs),
    )
    return [whole, Row(f"on top of the ranking, {name}, p50", "us", on_top)]


def _microseconds(answer: Callable[[CustomerState], None], states: list[CustomerState]) -> Float64Array:
    taken = []
    for state in states:
        started = time.perf_counter()
        answer(state)
        taken.append(time.perf_counter() - started)
    return np.array(taken) * 1e6
