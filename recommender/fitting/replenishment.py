"""Buying again: a regression and trees on past windows, the better of them, a monotone calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recommender.data import histories_of
from recommender.fitting.calibration import fit_calibration
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_choice import (
    BOTH,
    FREQUENCIES,
    REGRESSION,
    Judged,
    choose_model,
    frequency_scores,
)
from recommender.fitting.repeat_learning import best_rows, learn
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
from recommender.fitting.repeat_mix import lean_towards_trees, leaning
from recommender.models import ReplenishmentModel
from recommender.models.repeat_features import FEATURES, N_FEATURES
from recommender.models.repeat_kernels import TREE_ROWS, probability_of, repeat_log_odds, with_trees
from recommender.models.repeat_level import rest_log_odds
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
            self.memory.learned[key] = learn(taught, config, self.seed)
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
    lean = lean_towards_trees([(learned, lessons[back]) for back, learned in exams.items()])
    exams = {back: leaning(learned, lean) for back, learned in exams.items()}
    choice = choose_model([_judge(learned, lessons[back]) for back, learned in exams.items()])
    final = course.served(0, leaning(final, lean), choice)
    if not exams:
        return _calibrated(model, final, latest)
    last = min(exams)
    unseen = _calibrated(model, course.served(last, exams[last], choice), lessons[last])
    return _with(unseen, final)


def _teach(lessons: Sequence[Lesson], config: ReplenishmentConfig) -> bool:
    """Return whether there are repeats enough, and anything that was not bought again."""
    repeats = sum(int(np.count_nonzero(lesson.again)) for lesson in lessons)
    return config.min_repeats <= repeats < sum(len(lesson.again) for lesson in lessons)


def _judge(learned: Learned, lesson: Lesson) -> Judged:
    scores = frequency_scores(lesson.features) | _scores(learned, lesson).by_name()
    return Judged(lesson.indptr, lesson.again, scores)


class _Scores(NamedTuple):
    """Probabilities of the rows of a lesson, not yet calibrated: of the regression, as it orders and at the level of
    what trees do not see, and of both where ``seen`` by trees.
    """

    alone: Float32Array
    rest: Float32Array
    both: Float32Array
    seen: BoolArray

    def by_name(self) -> dict[str, Float32Array]:
        """Return the scores that order the rows as the models do: what trees do not look at comes last."""
        ordered = np.where(self.seen, self.both, self.alone - np.float32(1.0))
        return {REGRESSION: self.alone, BOTH: ordered}


def _scores(learned: Learned, lesson: Lesson) -> _Scores:
    alone = repeat_log_odds(lesson.features, learned.hinges, learned.coefficients)
    seen = best_rows(lesson.indptr, alone, TREE_ROWS)
    both = np.zeros(len(alone), np.float32)
    both[seen] = with_trees(alone[seen], tree_scores(lesson.features[seen], learned.trees.tables))
    rest = rest_log_odds(alone, lesson.features, learned.hinges, learned.rest)
    return _Scores(probability_of(alone), probability_of(rest), both, seen)


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
    model, scores = _with(model, learned), _scores(learned, lesson)
    if len(learned.trees) == 0:
        return replace(model, knots=Knots(*fit_calibration(scores.alone, lesson.again)))
    seen = scores.seen
    rest = ~seen if lesson.again[~seen].any() else np.ones(len(seen), np.bool_)
    return replace(
        model,
        knots=Knots(*fit_calibration(scores.rest[rest], lesson.again[rest])),
        tree_knots=Knots(*fit_calibration(scores.both[seen], lesson.again[seen])),
    )


def _with(model: ReplenishmentModel, learned: Learned) -> ReplenishmentModel:
    return replace(
        model,
        hinges=learned.hinges,
        coefficients=learned.coefficients,
        rest=learned.rest,
        trees=learned.trees,
    )


def _from_gaps(model: ReplenishmentModel) -> ReplenishmentModel:
    """Return the model of a shop in which no past window shows a repeat: little, and less the longer ago."""
    return replace(model, knots=Knots(np.array([0.0, 0.5], np.float32), np.array([0.0, 0.05], np.float32)))
