"""How much trees and regression each say, learned from windows that neither has seen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.fitting.repeat_learning import best_rows
from recommender.fitting.repeat_lessons import Learned, Lesson
from recommender.models.repeat_kernels import TREE_ROWS, repeat_log_odds
from recommender.models.trees import tree_scores
from recommender.types import BoolArray, Float64Array

_MOST = 0.8
"""No lean is stronger: the regression still picks the rows that trees look at."""


def lean_towards_trees(exams: Sequence[tuple[Learned, Lesson]]) -> float:
    """Return ``d`` of the mix ``(1 - d) regression + (1 + d) trees``, in [-0.8, 0.8]; 0 where nothing is known.

    From a logistic regression on the mean of both and on half their difference, over the rows of buyers that trees look at. Its L2
    penalty draws a shop with few repeats towards the plain mean.

    Parameters
    ----------
    exams
        What was learned, and a window after its lessons.
    """
    from sklearn.linear_model import LogisticRegression

    parts = [_opinions(learned, lesson) for learned, lesson in exams if len(learned.trees)]
    if not parts:
        return 0.0
    opinions = np.concatenate([opinion for opinion, _ in parts])
    again = np.concatenate([each for _, each in parts])
    if again.all() or not again.any():
        return 0.0
    mean, difference = LogisticRegression(C=1.0).fit(opinions, again).coef_[0]
    return float(np.clip(difference / mean, -_MOST, _MOST)) if mean > 0.0 else 0.0


def leaning(learned: Learned, lean: float) -> Learned:
    """Return what was learned with the trees weighing ``1 + lean`` and the regression ``1 - lean``, without any trees as it was."""
    if len(learned.trees) == 0:
        return learned
    trees = replace(learned.trees, leaf=learned.trees.leaf * np.float32(1.0 + lean))
    return learned._replace(coefficients=learned.coefficients * np.float32(1.0 - lean), trees=trees)


def _opinions(learned: Learned, lesson: Lesson) -> tuple[Float64Array, BoolArray]:
    """Return mean and half the difference of both log-odds, ``float64 [rows, 2]``, and what was bought again."""
    alone = repeat_log_odds(lesson.features, learned.hinges, learned.coefficients)
    rows = best_rows(lesson.indptr, alone, TREE_ROWS) & lesson.of_buyers()
    trees = tree_scores(lesson.features[rows], learned.trees.tables)
    both = np.column_stack((trees + alone[rows], trees - alone[rows])).astype(np.float64) / 2.0
    return both, lesson.again[rows]
