"""Ranked lists of one method at one cut, and how long it took."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from recommender.evaluation import Task
from recommender.evaluation.lists import MAY_RANK, best_lists
from recommender.evaluation.ranking import NOTHING
from recommender.types import Float32Array, Int32Array, Int64Array
from training.leaderboard.moments import Moment
from training.peers.contract import Fitted

_CELLS = 4_000_000
"""Scores held at a time: rows x items."""

Scores = Callable[[Int64Array], Float32Array]


@dataclass(frozen=True, slots=True)
class Lists:
    """What a method ranked for the judged customers of a moment.

    Attributes
    ----------
    ranked
        By task, ``int32 [customers, k]`` in the order of ``moment.judged[task].rows``, -1 where empty.
    stranger
        The list of somebody without a purchase, ``int32 [k]``; ``None`` when the method has no answer.
    fit_seconds
        For learning.
    score_seconds
        Per customer, for scoring and ranking; by task.
    settings
        The parameters that were chosen, for a person; by task.
    """

    ranked: Mapping[Task, Int32Array]
    stranger: Int32Array | None = None
    fit_seconds: float = 0.0
    score_seconds: Mapping[Task, float] = field(default_factory=dict)
    settings: Mapping[Task, str] = field(default_factory=dict)


def ranked_by(
    scores: Scores, moment: Moment, tasks: Iterable[Task], k: int
) -> tuple[dict[Task, Int32Array], float]:
    """Return the lists of every task, and the seconds per customer for scoring once and ranking."""
    rows = {task: moment.judged[task].rows for task in tasks}
    ranked = {task: np.full((len(mine), k), NOTHING, np.int32) for task, mine in rows.items()}
    everybody = np.unique(np.concatenate([np.empty(0, np.int64), *rows.values()]))
    if len(everybody):
        scores(everybody[:1])  # whatever is prepared or compiled at the first call is no part of scoring
    started = time.perf_counter()
    block = max(1, _CELLS // max(1, moment.n_items))
    for start in range(0, len(everybody), block):
        part = everybody[start : start + block]
        score = np.ascontiguousarray(scores(part), np.float32)
        for task, mine in rows.items():
            inside = np.isin(mine, part)
            ranked[task][inside] = _best(score[np.isin(part, mine)], moment, mine[inside], task, k)
    return ranked, (time.perf_counter() - started) / max(1, len(everybody))


def _best(score: Float32Array, moment: Moment, rows: Int64Array, task: Task, k: int) -> Int32Array:
    owned = moment.known.bought[rows]
    indptr, items = owned.indptr.astype(np.int64), owned.indices.astype(np.int32)
    best: Int32Array = best_lists(score, indptr, items, MAY_RANK[task], k)
    return best


def stranger_list(score: Float32Array | None, k: int) -> Int32Array | None:
    """Return the list of somebody without a purchase."""
    if score is None:
        return None
    nothing, rows = np.zeros(2, np.int64), np.ascontiguousarray(score[None], np.float32)
    best: Int32Array = best_lists(rows, nothing, np.empty(0, np.int32), MAY_RANK[Task.BASKET], k)[0]
    return best


def lists_of(fitted: Fitted, moment: Moment, tasks: Iterable[Task], k: int, fit_seconds: float) -> Lists:
    """Rank for every judged customer."""
    ranked, seconds = ranked_by(fitted.scores, moment, tasks, k)
    return Lists(ranked, stranger_list(fitted.stranger, k), fit_seconds, dict.fromkeys(ranked, seconds))
