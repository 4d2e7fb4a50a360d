"""Which item comes next: a regression on a sample of all rows, and trees on the best rows of each customer."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.fitting.config import ReplenishmentConfig, TreesConfig
from recommender.fitting.repeat_lessons import Learned, Lesson
from recommender.fitting.trees import fit_trees
from recommender.models.nth_largest import best_of
from recommender.models.repeat_kernels import TREE_ROWS, repeat_log_odds
from recommender.types import BoolArray, Float32Array, Float64Array, Int64Array

_COLUMNS_AT_ONCE = 16
_TAUGHT_ROWS = 2 * TREE_ROWS
"""So many of a customer's best rows teach the trees: those that trees will judge, and as many that nearly were."""


class Rows(NamedTuple):
    """What teaches: features, outcomes and weights of pairs of a customer and an item."""

    features: Float32Array
    again: BoolArray
    weight: Float32Array

    @property
    def is_mixed(self) -> bool:
        """Whether they show a repeat, and anything that is none."""
        return bool(0 < np.count_nonzero(self.again) < len(self.again))

    def at(self, chosen: Int64Array) -> "Rows":
        """Return some of the rows, or all where the chosen ones show no repeat, or nothing else."""
        some = Rows(self.features[chosen], self.again[chosen], self.weight[chosen])
        return some if some.is_mixed else self


def learn(lessons: Sequence[Lesson], config: ReplenishmentConfig, seed: int) -> Learned:
    """Return the regression and the trees of some lessons, which show a repeat and anything that is none.

    Trees judge the best rows of a customer by the regression only, and these alone teach them: of a wholesaler's thousand items a few dozen
    are in question, and what tells the others apart would use up the splits.
    """
    rng = np.random.default_rng(seed)
    sample = teaching_rows(lessons, config.kept, rng)
    hinges, coefficients = _regression(
        sample.at(np.sort(rng.permutation(len(sample.again))[: config.most_regressed])), config.hinges
    )
    scores = [repeat_log_odds(lesson.features, hinges, coefficients) for lesson in lessons]
    best = [best_rows(each.indptr, score, _TAUGHT_ROWS) for each, score in zip(lessons, scores, strict=True)]
    telling = _telling(lessons)
    rows = _drawn(lessons, [each & told for each, told in zip(best, telling, strict=True)], 1.0, rng)
    if not rows.is_mixed:
        rows = _drawn(lessons, telling, 1.0, rng)
    rows = rows.at(np.sort(rng.permutation(len(rows.again))[: config.most_pairs]))
    settings = TreesConfig(
        trees=config.trees,
        leaves=config.leaves,
        learning_rate=config.learning_rate,
        feature_fraction=0.3,
        row_fraction=0.5,
        bins=63,
        threads=1,
    )
    outcome = rows.again.astype(np.float32)
    return Learned(
        hinges, coefficients, fit_trees(rows.features, outcome, settings, seed, weight=rows.weight)
    )


def best_rows(indptr: Int64Array, score: Float32Array, most: int) -> BoolArray:
    """Return which rows are among the best of their customer, of equal ones the first; all of a customer with few.

    Examples
    --------
    >>> best_rows(np.array([0, 3, 4]), np.array([1, 3, 2, 0], np.float32), 2).tolist()
    [False, True, True, True]
    """
    best = np.zeros(len(score), np.bool_)
    for begin, end in zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True):
        best[begin + best_of(score[begin:end], most)] = True
    return best


def teaching_rows(lessons: Sequence[Lesson], kept: float, rng: np.random.Generator) -> Rows:
    """Return the rows of customers who bought again; of those without a repeat, a share that weighs as much as all.

    The others say nothing about which item comes next; how likely any is, they say later: see
    :func:`recommender.fitting.repeat_level.levelled`. Where everything that buyers own was bought again, all customers teach.
    """
    telling = _telling(lessons)
    rows = _drawn(lessons, telling, kept, rng)
    if not rows.is_mixed:  # of a handful of others none may be drawn
        rows = _drawn(lessons, telling, 1.0, rng)
    return rows


def _telling(lessons: Sequence[Lesson]) -> list[BoolArray]:
    telling = [lesson.of_buyers() for lesson in lessons]
    if all(lesson.again[rows].all() for lesson, rows in zip(lessons, telling, strict=True)):
        return [np.ones(len(lesson.again), np.bool_) for lesson in lessons]
    return telling


def _drawn(
    lessons: Sequence[Lesson], telling: Sequence[BoolArray], kept: float, rng: np.random.Generator
) -> Rows:
    used = [
        rows & (lesson.again | (rng.random(len(lesson.again)) < kept))
        for lesson, rows in zip(lessons, telling, strict=True)
    ]
    features = np.concatenate([lesson.features[rows] for lesson, rows in zip(lessons, used, strict=True)])
    again = np.concatenate([lesson.again[rows] for lesson, rows in zip(lessons, used, strict=True)])
    return Rows(features, again, np.where(again, 1.0, 1.0 / kept).astype(np.float32))


def _regression(rows: Rows, knots: int) -> tuple[Float32Array, Float32Array]:
    """Fit ``logit P = b0 + sum b x + sum c max(x - knot, 0)``, L2 on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    parts = np.linspace(0, 1, knots + 2)[1:-1]
    hinges = np.ascontiguousarray(np.quantile(rows.features, parts, axis=0).T.astype(np.float32))
    columns = _bent(rows.features, hinges)
    mean, spread = _standardise(columns)
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=1.0, max_iter=50, tol=1e-4, solver="newton-cholesky")
        fitted = model.fit(columns, rows.again, sample_weight=rows.weight)
    slopes = fitted.coef_[0] / spread
    return hinges, np.concatenate((fitted.intercept_ - slopes @ mean, slopes)).astype(np.float32)


def _bent(features: Float32Array, hinges: Float32Array) -> Float64Array:
    """Return the features, and each of them less each of its knots where that is above zero."""
    width, knots = hinges.shape
    columns = np.empty((len(features), width * (1 + knots)), np.float64)
    columns[:, :width] = features
    for place in range(width):
        begin = width + place * knots
        columns[:, begin : begin + knots] = np.maximum(features[:, place, None] - hinges[place], 0)
    return columns


def _standardise(columns: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Subtract the mean of each column and divide by its spread, in place: copies of these columns are what a run needs most memory for."""
    mean = columns.mean(axis=0)
    parts = range(0, columns.shape[1], _COLUMNS_AT_ONCE)
    spread = np.concatenate([columns[:, at : at + _COLUMNS_AT_ONCE].std(axis=0) for at in parts])
    spread = np.where(spread > 1e-6, spread, 1.0)
    columns -= mean
    columns /= spread
    return mean, spread
