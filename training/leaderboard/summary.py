"""From ranked lists to figures: one task at all cuts, every row on the same customers and the same draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.evaluation import Interval, Task, coverage, novelty
from recommender.evaluation.lists import hits_in_lists
from recommender.evaluation.resampling import Sample, interval_of, replicates
from recommender.evaluation.window import METRICS_AT_K, SEGMENTS
from recommender.types import BoolArray, Float64Array, Int32Array, Int64Array
from training.leaderboard.lists import Lists
from training.leaderboard.moments import Judged, Moment
from training.leaderboard.schema import OURS, BoardRow, Figure, Kind, Lead, Score, Segment, TaskBoard

_ALL_SEGMENTS = (*SEGMENTS, "new_items", "new_customers")
_METRICS = tuple(METRICS_AT_K)
_WIDTH = len(_METRICS) + len(_ALL_SEGMENTS)


@dataclass(frozen=True, slots=True)
class Contestant:
    """One method with its lists at every cut."""

    name: str
    title: str
    kind: Kind
    source: str
    lists: tuple[Lists, ...]


@dataclass(slots=True)
class People:
    """Customers by number, the same at every cut."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, ids: Sequence[str]) -> Int64Array:
        """Return the number of each customer."""
        return np.array([self.numbers.setdefault(name, len(self.numbers)) for name in ids], np.int64)


def task_board(
    task: Task, contestants: Sequence[Contestant], moments: Sequence[Moment], k: int, seed: int
) -> TaskBoard:
    """Return all figures of one task; ours is expected among the contestants."""
    answering = [one for one in contestants if all(task in lists.ranked for lists in one.lists)]
    people = People()
    samples = [
        Sample(
            people.of(_ids(moment, task)),
            np.concatenate([_values(one.lists[cut], moment, task, k) for one in answering]),
        )
        for cut, moment in enumerate(moments)
    ]
    mean, drawn = replicates(samples, len(people.numbers), seed)
    figures = _Figures(answering, samples, mean, drawn)
    rows = [figures.row(one, task, moments) for one in answering]
    leads = [figures.lead([cut]) for cut in range(len(moments))]
    return TaskBoard(str(task), _ordered(rows), figures.lead(list(range(len(moments)))), leads)


def _ids(moment: Moment, task: Task) -> list[str]:
    names = [moment.purchases.customers[row] for row in moment.judged[task].rows.tolist()]
    return [*names, *(_stranger_ids(moment, task))]


def _stranger_ids(moment: Moment, task: Task) -> tuple[str, ...]:
    return () if task is Task.REPEAT else moment.stranger_ids


def _values(lists: Lists, moment: Moment, task: Task, k: int) -> Float64Array:
    """Return metrics and segments of every judged customer and stranger, ``[metrics + segments, customers]``."""
    judged, n = moment.judged[task], moment.n_items
    hits = hits_in_lists(lists.ranked[task], judged.indptr, judged.item, n)
    strangers = len(_stranger_ids(moment, task))
    values = np.full((_WIDTH, len(judged.rows) + strangers), np.nan)
    known = values[:, : len(judged.rows)]
    for row, metric in enumerate(METRICS_AT_K.values()):
        known[row] = metric(hits, judged.counts())
    orders = moment.histories.orders[judged.rows]
    for row, (low, high) in enumerate(SEGMENTS.values(), start=len(_METRICS)):
        known[row] = np.where((orders >= low) & (orders <= high), known[0], np.nan)
    known[-2] = _on_new_items(hits, lists.ranked[task], judged, moment.is_new_item)
    if strangers:
        values[-1, len(judged.rows) :] = _for_strangers(lists.stranger, moment, k)
    return values


def _on_new_items(
    hits: BoolArray, ranked: Int32Array, judged: Judged, is_new_item: BoolArray
) -> Float64Array:
    """Return NDCG where only new items count as positives."""
    row = np.repeat(np.arange(len(judged.rows)), judged.counts())
    counts = np.bincount(row, weights=is_new_item[judged.item], minlength=len(judged.rows)).astype(np.int64)
    is_new = is_new_item[np.maximum(ranked, 0)] if len(is_new_item) else np.zeros(ranked.shape, np.bool_)
    return METRICS_AT_K["ndcg"](hits & is_new, counts)


def _for_strangers(stranger: Int32Array | None, moment: Moment, k: int) -> Float64Array:
    """Return NDCG of the one list that every stranger gets; zero without a list."""
    judged = moment.strangers
    shown = np.full(k, -1, np.int32) if stranger is None else stranger
    hits = hits_in_lists(np.tile(shown, (len(judged.rows), 1)), judged.indptr, judged.item, moment.n_items)
    return METRICS_AT_K["ndcg"](hits, judged.counts())


@dataclass(frozen=True, slots=True)
class _Figures:
    """Replicates of one task, and how to read them."""

    answering: Sequence[Contestant]
    samples: Sequence[Sample]
    mean: Float64Array
    drawn: Float64Array

    def row(self, one: Contestant, task: Task, moments: Sequence[Moment]) -> BoardRow:
        at = self.answering.index(one)
        cuts = [self._score(at, [cut], one.lists[cut], task, moment) for cut, moment in enumerate(moments)]
        return BoardRow(one.name, one.title, one.kind, one.source, cuts, self._mean(at, cuts))

    def lead(self, cuts: list[int]) -> Lead:
        """Return ours over the best peer."""
        ndcg = {at: self._at(at, 0, cuts)[0] for at, one in enumerate(self.answering) if one.kind == "peer"}
        known = {at: value for at, value in ndcg.items() if not np.isnan(value)}
        if not known:
            return Lead(None, _figure(Interval(np.nan, np.nan, np.nan)))
        best = max(known, key=lambda at: known[at])
        ours_mean, ours = self._at(self._ours(), 0, cuts)
        mean, theirs = self._at(best, 0, cuts)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.where(theirs > 0, ours / theirs, np.nan)
        ratio = interval_of(ours_mean / mean if mean > 0 else np.nan, drawn)
        return Lead(self.answering[best].name, _figure(ratio))

    def _ours(self) -> int:
        return next(at for at, one in enumerate(self.answering) if one.name == OURS)

    def _at(self, at: int, column: int, cuts: list[int]) -> tuple[float, Float64Array]:
        """Return the mean and the replicates of one value of one row, over some cuts; nan where nobody has it."""
        row = at * _WIDTH + column
        mean, drawn = self.mean[cuts, row], self.drawn[cuts, row]
        known = ~np.isnan(mean)
        if not known.any():
            return float("nan"), np.full(drawn.shape[1], np.nan)
        return float(mean[known].mean()), drawn[known].mean(axis=0)

    def _figure(self, at: int, column: int, cuts: list[int]) -> Figure:
        return _figure(interval_of(*self._at(at, column, cuts)))

    def _difference(self, at: int, column: int, cuts: list[int]) -> Figure:
        mean, drawn = self._at(at, column, cuts)
        ours_mean, ours = self._at(self._ours(), column, cuts)
        return _figure(interval_of(mean - ours_mean, drawn - ours))

    def _segment(self, at: int, column: int, cuts: list[int]) -> Segment:
        values = [self.samples[cut].values[at * _WIDTH + column] for cut in cuts]
        customers = sum(int(np.count_nonzero(~np.isnan(value))) for value in values)
        return Segment(customers, self._figure(at, column, cuts), self._difference(at, column, cuts))

    def _score(self, at: int, cuts: list[int], lists: Lists, task: Task, moment: Moment) -> Score:
        popularity = np.bincount(moment.known.bought.indices, minlength=moment.n_items).astype(np.float32)
        has_strangers = len(_stranger_ids(moment, task)) > 0
        return self._with(
            at,
            cuts,
            Score(
                {},
                self._difference(at, 0, cuts),
                {},
                coverage(lists.ranked[task], moment.n_items),
                novelty(lists.ranked[task], popularity),
                (0.0 if lists.stranger is None else 1.0) if has_strangers else None,
                lists.fit_seconds,
                1e6 * lists.score_seconds[task],
                lists.settings.get(task, ""),
            ),
        )

    def _mean(self, at: int, scores: Sequence[Score]) -> Score:
        answered = [score.cold_answered for score in scores if score.cold_answered is not None]
        cuts = list(range(len(scores)))
        return self._with(
            at,
            cuts,
            Score(
                {},
                self._difference(at, 0, cuts),
                {},
                float(np.mean([score.coverage for score in scores])),
                float(np.mean([score.novelty for score in scores])),
                float(np.mean(answered)) if answered else None,
                float(np.mean([score.fit_seconds for score in scores])),
                float(np.mean([score.score_microseconds for score in scores])),
                "",
            ),
        )

    def _with(self, at: int, cuts: list[int], score: Score) -> Score:
        metrics = {name: self._figure(at, column, cuts) for column, name in enumerate(_METRICS)}
        segments = {
            name: self._segment(at, column, cuts)
            for column, name in enumerate(_ALL_SEGMENTS, start=len(_METRICS))
        }
        return replace(score, metrics=metrics, segments=segments)


def _figure(interval: Interval) -> Figure:
    if np.isnan(interval.mean):
        return Figure(None, None, None)
    return Figure(interval.mean, interval.low, interval.high)


def _ordered(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """Return ours, then our sources, then the peers; the better first."""
    rank: Mapping[str, int] = {"ours": 0, "source": 1, "peer": 2}
    return sorted(rows, key=lambda row: (rank[row.kind], -(row.mean.metrics["ndcg"].mean or 0.0)))
