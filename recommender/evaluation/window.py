"""One held-out window: every source and the blend, on discoveries and on repeats, by customer segment."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from recommender.data import Histories, History
from recommender.evaluation.metrics import coverage, hit_rate_at_k, map_at_k, ndcg_at_k, novelty, recall_at_k
from recommender.evaluation.outcomes import Outcomes
from recommender.evaluation.ranking import NOTHING, hits_of, top_k
from recommender.models import FittedModels, Source, score_offers, score_repeats
from recommender.models.sources import source_scores
from recommender.types import Float32Array, Float64Array, Int32Array, Int64Array

_NOBODY = np.empty(0, np.int32)
MOST_JUDGES = 5_000
"""At most so many customers judge each task: more would take hours in a large shop and tell the same to the third digit."""


class Task(enum.StrEnum):
    """The question that is judged."""

    DISCOVER = "discover"
    REPEAT = "repeat"
    BASKET = "basket"


SEGMENTS = {"1": (1, 1), "2-4": (2, 4), "5+": (5, np.iinfo(np.int64).max)}
"""Customer segments by orders before the window."""

METRICS_AT_K: Mapping[str, Callable[..., Float64Array]] = {
    "ndcg": ndcg_at_k,
    "recall": recall_at_k,
    "map": map_at_k,
    "hit_rate": hit_rate_at_k,
}
"""Metrics of one customer's list, by name."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One source on one task.

    Attributes
    ----------
    values
        Metric name to its value per judged customer, ``float64 [customers]``.
    coverage
        Share of the items that anybody was shown.
    novelty
        Mean bits of what was shown.
    """

    values: Mapping[str, Float64Array]
    coverage: float
    novelty: float

    def mean(self, metric: str) -> float:
        """Return the mean over customers, nan without any."""
        values = self.values[metric]
        return float(values.mean()) if len(values) else float("nan")


@dataclass(frozen=True, slots=True)
class WindowEvaluation:
    """What a held-out window said.

    Attributes
    ----------
    k
        Places of a list.
    results
        By task and source (``"ours"`` is what is served).
    orders
        Orders before the window of each judged customer, by task.
    """

    k: int
    results: Mapping[tuple[Task, str], TaskResult]
    orders: Mapping[Task, Int64Array]
    cut_s: int = 0
    end_s: int = 0
    notes: tuple[str, ...] = field(default=())

    def metrics(self) -> dict[str, float]:
        """Return everything as flat numbers, ``discover_ours_ndcg_at_10``; nothing that is nan."""
        flat: dict[str, float] = {}
        for (task, source), result in self.results.items():
            stem = f"{task}_{source}"
            flat |= {f"{stem}_{name}_at_{self.k}": result.mean(name) for name in result.values}
            flat |= {
                f"{stem}_coverage_at_{self.k}": result.coverage,
                f"{stem}_novelty_at_{self.k}": result.novelty,
            }
        for task, orders in self.orders.items():
            flat[f"{task}_customers"] = float(len(orders))
        return {name: value for name, value in flat.items() if not np.isnan(value)}

    def by_segment(
        self, task: Task, source: str = "ours", metric: str = "ndcg"
    ) -> dict[str, tuple[float, int]]:
        """Return the mean of a metric and the number of customers per segment of orders; nan for nobody."""
        values, orders = self.results[task, source].values[metric], self.orders[task]
        segments = {}
        for name, (low, high) in SEGMENTS.items():
            inside = (orders >= low) & (orders <= high)
            mean = float(values[inside].mean()) if inside.any() else float("nan")
            segments[name] = (mean, int(inside.sum()))
        return segments


_Ranker = Callable[[History], Int32Array]


def evaluate_window(
    models: FittedModels, histories: Histories, outcomes: Outcomes, *, now_s: int, seed: int, k: int = 10
) -> WindowEvaluation:
    """Judge models that were fitted on what was known before a window.

    All items are ranked. *discover*: owned items are left out, positives are first purchases. *repeat*: only owned
    items are ranked, positives are those bought again. Customers without a history or a positive are not judged; of
    more than :data:`MOST_JUDGES` others so many are drawn.

    Parameters
    ----------
    models, histories
        Both from the purchases before the window.
    outcomes
        What happened in it.
    now_s
        Begin of the window, seconds since 1970.
    seed
        Draws the customers who judge.
    k
        Places of a list.
    """
    results: dict[tuple[Task, str], TaskResult] = {}
    judged: dict[Task, Int64Array] = {}
    has_history = np.diff(histories.holdings.indptr[: len(histories) + 1]) > 0
    for task, rankers in (
        (Task.DISCOVER, discover_rankers(models, now_s, k)),
        (Task.REPEAT, repeat_rankers(models, now_s, k)),
    ):
        counts = outcomes.counts(owned=task is Task.REPEAT)
        rows = _drawn(np.flatnonzero(has_history & (counts > 0)), seed)
        judged[task] = histories.orders[rows]
        positives = [
            outcomes.repeats(row) if task is Task.REPEAT else outcomes.discoveries(row)
            for row in rows.tolist()
        ]
        for name, rank in rankers.items():
            ranked = [rank(histories.history(row)) for row in rows.tolist()]
            results[task, name] = judge(ranked, positives, models.popularity.score[-1], k)
    return WindowEvaluation(k, results, judged, cut_s=now_s)


def _drawn(rows: Int64Array, seed: int) -> Int64Array:
    """Return at most :data:`MOST_JUDGES` of the customers, ascending."""
    if len(rows) <= MOST_JUDGES:
        return rows
    return np.sort(np.random.default_rng(seed).permutation(rows)[:MOST_JUDGES])


def judge(
    ranked: list[Int32Array], positives: list[Int32Array], popularity: Float32Array, k: int
) -> TaskResult:
    """Return the metrics of ranked lists (one per customer) against what was bought."""
    lists = np.array(ranked, np.int32).reshape(len(ranked), k)
    hits = np.array([hits_of(row, found) for row, found in zip(lists, positives, strict=True)], np.bool_)
    hits = hits.reshape(len(ranked), k)
    counts = np.array([len(found) for found in positives], np.int64)
    values = {name: metric(hits, counts) for name, metric in METRICS_AT_K.items()}
    return TaskResult(values, coverage(lists, len(popularity)), novelty(lists, popularity))


def discover_rankers(models: FittedModels, now_s: int, k: int) -> dict[str, _Ranker]:
    """Return how each source, and the blend, ranks what a customer does not own."""

    def ranker(source: Source) -> _Ranker:
        return lambda history: top_k(source_scores(models, source, history, now_s), history.item, k)

    rankers = {source.name.lower(): ranker(source) for source in Source if has_source(models, source)}
    return {"ours": lambda history: top_k(score_offers(models, history, now_s), history.item, k), **rankers}


def has_source(models: FittedModels, source: Source) -> bool:
    """Return whether the models can score by this source at all."""
    absent = {
        Source.ALS: models.als,
        Source.LATELY: models.lately,
        Source.NEWLY: models.newly,
        Source.SPECTRAL: models.spectral,
        Source.CONTENT: models.content,
    }
    return source not in absent or absent[source] is not None


def repeat_rankers(models: FittedModels, now_s: int, k: int) -> dict[str, _Ranker]:
    """Return how the replenishment model, personal frequency and recency rank what a customer owns."""

    def place(history: History, score: Float32Array) -> Int32Array:
        best = top_k(score, _NOBODY, k)
        return np.where(best == NOTHING, NOTHING, history.item[np.maximum(best, 0)]).astype(np.int32)

    return {
        "ours": lambda history: place(history, score_repeats(models, history, now_s)[0]),
        "frequency": lambda history: place(history, history.orders.astype(np.float32)),
        "recency": lambda history: place(history, history.last_s.astype(np.float32) - np.float32(now_s)),
    }
