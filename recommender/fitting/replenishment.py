"""Buying again: a regression and trees on past windows, the better of them, a monotone calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recommender.data import histories_of
from recommender.fitting.calibration import fit_calibration
from recommender.fitting.config import ReplenishmentConfig, TreesConfig
from recommender.fitting.repeat_choice import (
    BOTH,
    FREQUENCIES,
    REGRESSION,
    Judged,
    choose_model,
    frequency_scores,
)
from recommender.fitting.repeat_lessons import (
    Learned,
    Lesson,
    RepeatMemory,
    RepeatShop,
    open_windows,
    study,
    teaching,
    with_counts,
)
from recommender.fitting.repeat_level import levelled
from recommender.fitting.trees import fit_trees
from recommender.models import ReplenishmentModel
from recommender.models.repeat_features import FEATURES, N_FEATURES
from recommender.models.repeat_kernels import probability_of, repeat_log_odds, rows_for_trees, with_trees
from recommender.models.replenishment import Knots
from recommender.models.trees import FlatTrees, tree_scores
from recommender.types import BoolArray, Float32Array


def fit_replenishment(
    shop: RepeatShop, seed: int, *, now_s: int, memory: RepeatMemory | None = None
) -> ReplenishmentModel:
    """Return P(bought again within the window) for any customer and item.

    Every lesson is a past window, with tables of what was known before it, as the served model has them; the window a
    year ago is one too. Which item comes next is learned from customers who bought again, how likely any is from all
    of them, also those who bought nothing. What is served was
    judged on windows after its lessons: trees and regression, the regression, or a decayed frequency. Too few repeats
    leave the regression, or the tables, out.

    Parameters
    ----------
    shop
        Purchases (those at or after ``now_s`` are ignored), settings and window. The model knows the items sold before then.
    seed
        Of everything random.
    now_s
        Cut-off, seconds since 1970.
    memory
        What earlier cut-offs of the same shop, configuration and seed learned already; it is added to.
    """
    memory = RepeatMemory() if memory is None else memory
    known = shop.purchases.before(now_s)
    shop = replace(shop, purchases=known)
    lessons, counts = study(shop, now_s, seed, memory)
    model = shop.model(known, histories_of(known), now_s, seed)
    latest = [counts[back] for back in sorted(counts)[: shop.config.windows]]
    if not lessons or not latest[0].again.any():
        return _from_gaps(model)
    course = _Course(shop, now_s, seed, open_windows(shop, now_s), lessons, memory)
    return _taught(with_counts(model, latest, known.items.numbers), course)


class _Course(NamedTuple):
    """The lessons of one shop at one time, and what was learned from them."""

    shop: RepeatShop
    now_s: int
    seed: int
    opened: Sequence[int]
    lessons: Mapping[int, Lesson]
    memory: RepeatMemory

    def learned(self, back: int) -> Learned | None:
        """Return what is learned for a use ``back`` windows ago; ``None`` where too little teaches it."""
        config, backs = self.shop.config, self._teaching(back)
        taught = [self.lessons[each] for each in backs]
        if not _teach(taught, config):
            return None
        key = tuple(self.now_s - each * self.shop.window_s for each in backs)
        if key not in self.memory.learned:
            self.memory.learned[key] = _learn(taught, config, self.seed)
        return self.memory.learned[key]

    def served(self, back: int, learned: Learned, choice: str) -> Learned:
        """Return what is served of what was learned for a use ``back`` windows ago, at the level of all customers."""
        chosen = as_chosen(learned, choice)
        if choice in FREQUENCIES:
            return chosen
        taught = [self.lessons[each] for each in self._teaching(back)]
        return levelled(chosen, taught, self.shop.config, self.seed)

    def _teaching(self, back: int) -> list[int]:
        backs = teaching(self.opened, back, self.shop.config, self.shop.window_s)
        return [each for each in backs if each in self.lessons]


def _taught(model: ReplenishmentModel, course: _Course) -> ReplenishmentModel:
    """Return the model of today with what the lessons taught, chosen and calibrated on windows they did not see."""
    lessons, final = course.lessons, course.learned(0)
    latest = lessons[min(lessons)]
    if final is None:
        return _calibrated(model, Learned(model.hinges, model.coefficients, model.trees), latest)
    judging = sorted(lessons)[: course.shop.config.judges]
    exams = {back: learned for back in judging if (learned := course.learned(back)) is not None}
    choice = choose_model([_judge(learned, lessons[back]) for back, learned in exams.items()])
    final = course.served(0, final, choice)
    if not exams:
        return _calibrated(model, final, latest)
    last = min(exams)
    unseen = _calibrated(model, course.served(last, exams[last], choice), lessons[last])
    return replace(unseen, hinges=final.hinges, coefficients=final.coefficients, trees=final.trees)


def _teach(lessons: Sequence[Lesson], config: ReplenishmentConfig) -> bool:
    """Return whether there are repeats enough, and anything that was not bought again."""
    repeats = sum(int(np.count_nonzero(lesson.again)) for lesson in lessons)
    return config.min_repeats <= repeats < sum(len(lesson.again) for lesson in lessons)


def _judge(learned: Learned, lesson: Lesson) -> Judged:
    scores = frequency_scores(lesson.features) | _scores(learned, lesson)
    return Judged(lesson.indptr, lesson.again, scores)


class Rows(NamedTuple):
    """What teaches: features, outcomes and weights of pairs of a customer and an item."""

    features: Float32Array
    again: BoolArray
    weight: Float32Array


def teaching_rows(lessons: Sequence[Lesson], kept: float, rng: np.random.Generator) -> Rows:
    """Return the rows of customers who bought again; of those without a repeat, a share that weighs as much as all.

    The others say nothing about which item comes next; how likely any is, they say later: see :func:`levelled`. Where
    everything that buyers own was bought again, all customers teach.
    """
    telling = [lesson.of_buyers() for lesson in lessons]
    if all(lesson.again[rows].all() for lesson, rows in zip(lessons, telling, strict=True)):
        telling = [np.ones(len(lesson.again), np.bool_) for lesson in lessons]
    used = [
        rows & (lesson.again | (rng.random(len(lesson.again)) < kept))
        for lesson, rows in zip(lessons, telling, strict=True)
    ]
    features = np.concatenate([lesson.features[rows] for lesson, rows in zip(lessons, used, strict=True)])
    again = np.concatenate([lesson.again[rows] for lesson, rows in zip(lessons, used, strict=True)])
    return Rows(features, again, np.where(again, 1.0, 1.0 / kept).astype(np.float32))


def _learn(lessons: Sequence[Lesson], config: ReplenishmentConfig, seed: int) -> Learned:
    rng = np.random.default_rng(seed)
    rows = teaching_rows(lessons, config.kept, rng)
    few = np.sort(rng.permutation(len(rows.again))[: config.most_regressed])
    few = few if 0 < np.count_nonzero(rows.again[few]) < len(few) else np.arange(len(rows.again))
    hinges, coefficients = _regression(
        Rows(rows.features[few], rows.again[few], rows.weight[few]), config.hinges
    )
    settings = TreesConfig(
        trees=config.trees, leaves=config.leaves, learning_rate=config.learning_rate, threads=1
    )
    outcome = rows.again.astype(np.float32)
    trees = fit_trees(rows.features, outcome, settings, seed, weight=rows.weight)
    return Learned(hinges, coefficients, trees)


def _regression(rows: Rows, knots: int) -> tuple[Float32Array, Float32Array]:
    """Fit ``logit P = b0 + sum b x + sum c max(x - knot, 0)``, L2 on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    parts = np.linspace(0, 1, knots + 2)[1:-1]
    hinges = np.ascontiguousarray(np.quantile(rows.features, parts, axis=0).T.astype(np.float32))
    bent = np.maximum(rows.features[:, :, None] - hinges[None], 0).reshape(len(rows.features), -1)
    columns = np.concatenate((rows.features, bent), axis=1).astype(np.float64)
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0)
    columns = (columns - mean) / spread
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=1.0, max_iter=50, tol=1e-4, solver="newton-cholesky")
        fitted = model.fit(columns, rows.again, sample_weight=rows.weight)
    slopes = fitted.coef_[0] / spread
    return hinges, np.concatenate((fitted.intercept_ - slopes @ mean, slopes)).astype(np.float32)


def _scores(learned: Learned, lesson: Lesson) -> dict[str, Float32Array]:
    alone = repeat_log_odds(lesson.features, learned.hinges, learned.coefficients)
    both = with_trees(alone, tree_scores(lesson.features, learned.trees.tables))
    return {REGRESSION: probability_of(alone), BOTH: both}


def as_chosen(learned: Learned, choice: str) -> Learned:
    """Return what is served of a choice: a frequency is a regression with one slope."""
    if choice == BOTH:
        return learned
    if choice == REGRESSION:
        return learned._replace(trees=FlatTrees.empty())
    coefficients = np.zeros(1 + N_FEATURES, np.float32)
    coefficients[1 + FEATURES.index(choice)] = 1.0
    return Learned(np.empty((N_FEATURES, 0), np.float32), coefficients, FlatTrees.empty())


def _calibrated(model: ReplenishmentModel, learned: Learned, lesson: Lesson) -> ReplenishmentModel:
    """Return the model with what was learned, and the knots that a lesson shows: of the rows that trees see, and the rest."""
    model = replace(model, hinges=learned.hinges, coefficients=learned.coefficients, trees=learned.trees)
    scores = _scores(learned, lesson)
    if len(learned.trees) == 0:
        return replace(model, knots=Knots(*fit_calibration(scores[REGRESSION], lesson.again)))
    seen = np.zeros(len(lesson.again), np.bool_)
    for begin, end in zip(lesson.indptr[:-1].tolist(), lesson.indptr[1:].tolist(), strict=True):
        seen[begin + rows_for_trees(scores[REGRESSION][begin:end])] = True
    rest = ~seen if lesson.again[~seen].any() else np.ones(len(seen), np.bool_)
    return replace(
        model,
        knots=Knots(*fit_calibration(scores[REGRESSION][rest], lesson.again[rest])),
        tree_knots=Knots(*fit_calibration(scores[BOTH][seen], lesson.again[seen])),
    )


def _from_gaps(model: ReplenishmentModel) -> ReplenishmentModel:
    """Return the model of a shop in which no past window shows a repeat: little, and less the longer ago."""
    return replace(model, knots=Knots(np.array([0.0, 0.5], np.float32), np.array([0.0, 0.05], np.float32)))
