"""Microseconds of a decision among 50 actions of a playbook, on top of the same decision without one.

10,000 items, customers of 100 events (20 orders, and 80 of everything else), up to 200 ranked products, k = 10, outbound
by email with consent, caps and quiet hours, and on the site. Measured in turns with the plain decision of the same
customer. Proposals, gates, weighing and choosing are in it, as far as the slate needs them; gathering what the receipt
says (all the other proposals, and their gates), and encoding it, happen off the request path and have rows of their own:
both together, as for every decision once, and encoding alone.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

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
from recommender.decisions import Decision, DecisionRequest, decide, encode_receipt
from recommender.types import DecisionId, Float64Array, ModelVersion

_Asked = TypeVar("_Asked")
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

    def plain(state: CustomerState) -> None:
        decide(state, PLAIN, models, assortment, now_s=learned.now_s, decision_id=DecisionId("d"))

    def acting(request: DecisionRequest) -> Callable[[CustomerState], Decision]:
        return lambda state: decide(
            state,
            request,
            models,
            assortment,
            now_s=learned.now_s,
            decision_id=DecisionId("0190a1b2c3d4e5f6"),
            repertoire=repertoire,
        )

    with threadpool_limits(limits=1):
        rows = []
        for name, request in (("email", BY_EMAIL), ("site", ON_SITE)):
            rows += _compared(name, (plain, acting(request)), states, max(rounds, 5))
        note = f"{len(repertoire.playbook.actions)} actions, 10 chosen"
        return [*rows, *_receipts(acting(ON_SITE), states, max(rounds, 5), note)]


def _receipts(
    answer: Callable[[CustomerState], Decision], states: list[CustomerState], rounds: int, note: str
) -> list[Row]:
    decisions = [(answer(state), ON_SITE) for state in states]
    first = _microseconds(lambda one: encode_receipt(*one), decisions)
    sizes = [len(encode_receipt(*one)) for one in decisions]
    taken = [_microseconds(lambda one: encode_receipt(*one), decisions) for _ in range(rounds)]
    return [
        Row("gather and encode such a receipt, p50", "us", (float(np.median(first)),), note=note),
        Row("encode such a receipt, p50", "us", tuple(float(np.median(one)) for one in taken), note=note),
        Row("such a receipt, p50", "bytes", (float(np.median(sizes)),), note=note),
    ]


def _compared(
    name: str,
    answers: tuple[Callable[[CustomerState], object], Callable[[CustomerState], object]],
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


def _microseconds(answer: Callable[[_Asked], object], states: Sequence[_Asked]) -> Float64Array:
    taken = []
    for state in states:
        started = time.perf_counter()
        answer(state)
        taken.append(time.perf_counter() - started)
    return np.array(taken) * 1e6
