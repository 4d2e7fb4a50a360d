"""How likely any repeat of a customer is, learned from everybody after the order of their items is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_learning import best_rows
from recommender.fitting.repeat_lessons import Learned, Lesson
from recommender.models.repeat_features import N_FEATURES, OF_CUSTOMER
from recommender.models.repeat_kernels import TREE_ROWS, repeat_log_odds
from recommender.models.trees import tree_scores
from recommender.types import BoolArray, Float32Array, Float64Array


def levelled(learned: Learned, lessons: Sequence[Lesson], config: ReplenishmentConfig, seed: int) -> Learned:
    """Return the same order of each customer's items, at a level that customers who bought nothing have taught, too.

    ``logit P = a score + b0 + sum b x + sum c max(x - knot, 0)`` over the columns of the customer, which are the same for
    all of their items: with ``a > 0`` nothing changes places. All of it goes into the regression and the leaves, so that
    a decision pays nothing for it. What would turn the order around is left alone. Rows that trees do not look at have a
    level of their own, found the same way: ``rest``, which is read once for a customer who has such rows.

    Parameters
    ----------
    learned
        From those customers only who bought again: too high for the rest.
    lessons
        Windows with all customers.
    config, seed
        At most ``most_regressed`` rows teach.
    """
    judged = [_judged(lesson, learned) for lesson in lessons]
    features, again = _sample(lessons, judged, config.most_regressed, seed)
    if again.all() or not again.any():
        return learned
    score = repeat_log_odds(features, learned.hinges, learned.coefficients)
    if len(learned.trees):
        score = (score + tree_scores(features, learned.trees.tables)) / np.float32(2.0)
    level = _logistic(_columns(score, features, learned.hinges), again)
    if level[1] <= 0.0:
        return learned
    found = _lifted(learned, level)
    if len(learned.trees) == 0:
        return found
    unseen = _sample(lessons, [~rows for rows in judged], config.most_regressed, seed)
    return found._replace(rest=_level_of_rest(found, *unseen, level))


def _lifted(learned: Learned, level: Float64Array) -> Learned:
    """Return regression and trees whose mean has the level, or the regression alone: with trees it has the level twice."""
    parts = 2.0 if len(learned.trees) else 1.0
    coefficients = learned.coefficients * level[1]
    coefficients[0] += parts * level[0]
    coefficients[_places(learned.hinges.shape[1])] += parts * level[2:]
    trees = replace(learned.trees, leaf=learned.trees.leaf * np.float32(level[1]))
    return learned._replace(coefficients=coefficients.astype(np.float32), trees=trees)


def _level_of_rest(
    learned: Learned, features: Float32Array, again: BoolArray, level: Float64Array
) -> Float32Array:
    """Return what the regression's log-odds are taken through where trees do not look.

    It has the level twice, which the mean with trees would halve. These rows say themselves where theirs is; where they say
    nothing, they get that of the others, once.
    """
    if again.any() and not again.all():
        score = repeat_log_odds(features, learned.hinges, learned.coefficients)
        found = _logistic(_columns(score, features, learned.hinges), again)
        if found[1] > 0.0:
            return found.astype(np.float32)
    once = -level
    once[1] = 1.0
    return once.astype(np.float32)


def _sample(
    lessons: Sequence[Lesson], used: Sequence[BoolArray], most: int, seed: int
) -> tuple[Float32Array, BoolArray]:
    """Return so many of the rows of all lessons, drawn evenly."""
    share = min(most / max(sum(int(np.count_nonzero(rows)) for rows in used), 1), 1.0)
    rng = np.random.default_rng(seed)
    drawn = [rows & (rng.random(len(rows)) < share) for rows in used]
    features = [lesson.features[rows] for lesson, rows in zip(lessons, drawn, strict=True)]
    again = [lesson.again[rows] for lesson, rows in zip(lessons, drawn, strict=True)]
    return np.concatenate(features), np.concatenate(again)


def _judged(lesson: Lesson, learned: Learned) -> BoolArray:
    if len(learned.trees) == 0:
        return np.ones(len(lesson.again), np.bool_)
    alone = repeat_log_odds(lesson.features, learned.hinges, learned.coefficients)
    return best_rows(lesson.indptr, alone, TREE_ROWS)


def _columns(score: Float32Array, features: Float32Array, hinges: Float32Array) -> Float64Array:
    of_customer = features[:, OF_CUSTOMER:]
    bent = np.maximum(of_customer[:, :, None] - hinges[None, OF_CUSTOMER:], 0).reshape(len(features), -1)
    return np.concatenate((score[:, None], of_customer, bent), axis=1).astype(np.float64)


def _places(knots: int) -> list[int]:
    """Return where the slopes and hinges of the customer's columns stand among the coefficients."""
    first_bent = 1 + N_FEATURES + OF_CUSTOMER * knots
    return [*range(1 + OF_CUSTOMER, 1 + N_FEATURES), *range(first_bent, 1 + N_FEATURES * (1 + knots))]


def _logistic(columns: Float64Array, again: BoolArray) -> Float64Array:
    """Return intercept and slopes, one array, L2 on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-6, spread, np.inf)
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=1.0, max_iter=50, tol=1e-4, solver="newton-cholesky")
        fitted = model.fit((columns - mean) / spread, again)
    slopes = fitted.coef_[0] / spread
    return np.concatenate((fitted.intercept_ - slopes @ mean, slopes))
