"""What it is worth to know promotions in advance: Complete Journey, with what was announced before each cut.

The 300 items that the shipped models rank highest are put in a new order by a logistic regression, once on score and rank alone and once with
the columns that :func:`recommender.catalog.promotion_columns` gives. It is fitted on the two windows before the one it is judged on. Three
shops: one that knows what runs at the cut, one that also knows the plan of the coming week, one that knows the plan of the whole window.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.homes import grocery_home
from benchmarks.learned import Learned, read_learned
from benchmarks.results import Row
from recommender.catalog import Promotions, promotion_columns
from recommender.data import histories_of
from recommender.evaluation.intervals import paired_difference
from recommender.evaluation.metrics import ndcg_at_k
from recommender.evaluation.outcomes import outcomes_of
from recommender.events.adapters.complete_journey import complete_journey_file
from recommender.fitting import FitConfig, select_and_fit
from recommender.models import score_offers, score_repeats
from recommender.types import BoolArray, Float32Array, Float64Array, Int64Array
from training.promotion_files import PromotionOptions
from training.promotion_loading import promotions_in
from training.promotion_sources import journey_promotions

K: Final = 10
DEPTH: Final = 300
WINDOW_S: Final = 28 * 86_400
FITTED_ON: Final = 2
JUDGED: Final = (2, 1, 0)
"""Windows before the end of the data; 0 is the last one, the others are for looking at more often."""

KINDS: Final = ("display", "mailer", "mailer_front")
"""Without coupons: a campaign covers half of the shop in one window and nothing in the next, and led the regression astray."""

LEADS: Final = {
    "what runs at the cut": timedelta(0),
    "and the coming week": timedelta(days=6),
    "the whole window": timedelta(days=28),
}
"""Since when before its begin a promotion is known; with six days exactly one coming week is."""


class Candidates(NamedTuple):
    """The best items of every judged customer, best first; ``positives`` counts what each bought, found or not."""

    row: Int64Array
    number: Int64Array
    score: Float32Array
    is_positive: BoolArray
    positives: Int64Array


@dataclass(frozen=True, slots=True)
class Window:
    """One cut and its candidates per task."""

    cut_s: int
    tasks: dict[str, Candidates]


def measure(folder: Path, rounds: int) -> list[Row]:  # noqa: ARG001 - intervals are over customers
    """Judge on two validation windows and once on the last."""
    grocery = read_learned(grocery_home(folder))
    windows = [_window(grocery, folder, back) for back in range(max(JUDGED) + FITTED_ON + 1)]
    promotions = _promotions(grocery)
    return [
        row
        for task in ("discover", "repeat")
        for back in JUDGED
        for row in _judged(windows, promotions, task, back)
    ]


def _promotions(grocery: Learned) -> Promotions:
    """Return all promotions, each known from its begin."""
    found = journey_promotions(complete_journey_file(), PromotionOptions({}), grocery.catalogue)
    assert found is not None
    return Promotions.of(promotions_in(found.plan), grocery.catalogue.numbers)


def known_before(promotions: Promotions, lead: timedelta) -> Promotions:
    """Return the same promotions, each announced so long before its begin."""
    announced_s = promotions.rows.from_s - int(lead.total_seconds())
    return replace(promotions, rows=promotions.rows._replace(announced_s=announced_s))


def _judged(windows: list[Window], promotions: Promotions, task: str, back: int) -> list[Row]:
    later, earlier = windows[back], windows[back + 1 : back + 1 + FITTED_ON]
    shipped = ndcg(later.tasks[task], later.tasks[task].score)
    plain = ndcg(later.tasks[task], reordered(later, earlier, None, task))
    rows = [_row(task, back, "score and rank alone", plain, "as shipped", shipped)]
    for name, lead in LEADS.items():
        informed = reordered(later, earlier, known_before(promotions, lead), task)
        values = ndcg(later.tasks[task], informed)
        rows.append(_row(task, back, name, values, "score and rank alone", plain))
    return rows


def _row(task: str, back: int, name: str, ours: Float64Array, other: str, theirs: Float64Array) -> Row:
    gain = paired_difference(ours, theirs, np.random.default_rng(0))
    note = f"difference {gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}), {len(ours):,} customers"
    what = f"{task}, window {back} before the end, {name}"
    return Row(what, f"NDCG@{K}", (float(ours.mean()),), other, (float(theirs.mean()),), note=note)


def reordered(later: Window, earlier: list[Window], promotions: Promotions | None, task: str) -> Float64Array:
    """Return the log-odds of every candidate of a window, by a regression fitted on the windows before it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    taught = np.concatenate([features(one.tasks[task], one.cut_s, promotions) for one in earlier])
    model.fit(taught, np.concatenate([one.tasks[task].is_positive for one in earlier]))
    later_rows = features(later.tasks[task], later.cut_s, promotions)
    # What was never seen is not extrapolated.
    odds: Float64Array = model.decision_function(np.clip(later_rows, taught.min(axis=0), taught.max(axis=0)))
    return odds


def features(candidates: Candidates, cut_s: int, promotions: Promotions | None) -> Float32Array:
    """Return one row per candidate: log score, log rank, and what was known at the cut about its promotions."""
    rank = _rank(candidates.row)
    best = candidates.score[np.flatnonzero(rank == 0)][np.cumsum(rank == 0) - 1]
    plain = [
        np.log(np.maximum(candidates.score / best, 1e-4)),
        np.log1p(rank),
        np.log(np.maximum(best, 1e-6)),
    ]
    if promotions is None:
        return np.column_stack(plain).astype(np.float32)
    size = max(int(candidates.number.max()), int(promotions.rows.number.max())) + 1
    columns = promotion_columns(promotions.aligned(KINDS), cut_s, window_s=WINDOW_S, size=size)
    known = np.concatenate((columns.planned, columns.past), axis=1)[candidates.number]
    return np.column_stack([*plain, known]).astype(np.float32)


def ndcg(candidates: Candidates, score: Float32Array | Float64Array) -> Float64Array:
    """Return NDCG@10 of every judged customer when their candidates are ordered by a score."""
    order = np.lexsort((_rank(candidates.row), -score, candidates.row))
    rank = _rank(candidates.row)
    _, position = np.unique(candidates.row, return_inverse=True)
    hits = np.zeros((len(candidates.positives), K), np.bool_)
    shown = rank < K
    hits[position[shown], rank[shown]] = candidates.is_positive[order][shown]
    return ndcg_at_k(hits, candidates.positives)


def _rank(row: Int64Array) -> Int64Array:
    """Return the place of each candidate among its customer's, from 0; rows of a customer are together."""
    first = np.flatnonzero(np.diff(row, prepend=-1))
    return np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row))))


def _window(grocery: Learned, folder: Path, back: int) -> Window:
    """Return the candidates of one window, made once."""
    cut_s = grocery.now_s + 1 - WINDOW_S * (back + 1)
    paths = {task: folder / f"promotions-{task}-{cut_s}.npz" for task in ("discover", "repeat")}
    if not all(path.exists() for path in paths.values()):
        for task, found in _candidates(grocery, cut_s).items():
            np.savez(paths[task], **found._asdict())
    return Window(cut_s, {task: Candidates(**dict(np.load(path))) for task, path in paths.items()})


def _candidates(grocery: Learned, cut_s: int) -> dict[str, Candidates]:
    models = select_and_fit(grocery.purchases, grocery.catalogue, FitConfig(), until_s=cut_s).models
    known = grocery.purchases.before(cut_s)
    histories = histories_of(known)
    outcomes = outcomes_of(grocery.purchases.between(cut_s, cut_s + WINDOW_S), known, histories)
    numbers = models.items.numbers.astype(np.int64)
    lists: dict[str, list[tuple[int, Int64Array, Float32Array, BoolArray, int]]] = {
        "discover": [],
        "repeat": [],
    }
    for row in np.flatnonzero(histories.orders > 0).tolist():
        history = histories.history(row)
        offers = score_offers(models, history, cut_s).copy()
        offers[history.item] = -1.0
        again = np.full(len(offers), -1.0, np.float32)
        again[history.item] = score_repeats(models, history, cut_s)[0]
        for task, score, bought in (
            ("discover", offers, outcomes.discoveries(row)),
            ("repeat", again, outcomes.repeats(row)),
        ):
            if len(bought):
                best = _best(score)
                lists[task].append((row, numbers[best], score[best], np.isin(best, bought), len(bought)))
    return {task: _together(found) for task, found in lists.items()}


def _best(score: Float32Array) -> Int64Array:
    depth = min(DEPTH, int(np.count_nonzero(score >= 0)))
    order = np.argpartition(-score, depth - 1)[:depth]
    return order[np.lexsort((order, -score[order]))]


def _together(lists: list[tuple[int, Int64Array, Float32Array, BoolArray, int]]) -> Candidates:
    return Candidates(
        np.concatenate([np.full(len(number), row) for row, number, _, _, _ in lists]),
        np.concatenate([number for _, number, _, _, _ in lists]),
        np.concatenate([score for _, _, score, _, _ in lists]),
        np.concatenate([hit for _, _, _, hit, _ in lists]),
        np.array([count for _, _, _, _, count in lists], np.int64),
    )
