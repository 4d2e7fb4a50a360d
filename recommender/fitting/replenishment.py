"""Buying again: tables from the windows before, a regression and trees on the last ones, a monotone calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.data import Histories, Purchases, histories_of
from recommender.fitting.calibration import fit_calibration
from recommender.fitting.config import ReplenishmentConfig, TreesConfig
from recommender.fitting.ownership import beta_prior
from recommender.fitting.repeat_choice import BOTH, REGRESSION, Judged, choose_model, frequency_scores
from recommender.fitting.repeat_items import item_gaps, item_paces, item_table
from recommender.fitting.repeat_windows import (
    RepeatCounts,
    RepeatWindow,
    added,
    repeat_counts,
    repeat_window,
)
from recommender.fitting.trees import fit_trees
from recommender.models import ReplenishmentModel
from recommender.models.repeat_facts import YEAR_S
from recommender.models.repeat_features import FEATURES, N_FEATURES, repeat_features
from recommender.models.repeat_kernels import probability_of, repeat_log_odds, rows_for_trees, with_trees
from recommender.models.repeat_tables import RATE
from recommender.models.replenishment import Knots
from recommender.models.scoring import repeat_input
from recommender.models.trees import FlatTrees, tree_scores
from recommender.types import SECONDS_PER_DAY, BoolArray, Float32Array, Int32Array, Int64Array

_CELL_PRIOR = 20.0


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What one window teaches: features and outcomes of whole customers."""

    indptr: Int64Array
    features: Float32Array
    again: BoolArray


@dataclass(frozen=True, slots=True)
class _Learned:
    """A regression and trees, from one set of lessons."""

    hinges: Float32Array
    coefficients: Float32Array
    trees: FlatTrees


def fit_replenishment(
    purchases: Purchases,
    config: ReplenishmentConfig,
    seed: int,
    *,
    now_s: int,
    window_days: float,
    category: Int32Array | None = None,
) -> ReplenishmentModel:
    """Return P(bought again within the window) for any customer and item.

    Every lesson is a past window, with tables of what was known before it, as the served model has them; the window a
    year ago is one too. All owned items of all customers teach, also of those who buy nothing. What is served was
    judged on windows after its lessons: trees and regression, the regression, or a decayed frequency. Too few repeats
    leave the regression, or the tables, out.

    Parameters
    ----------
    purchases
        Lines before ``now_s``.
    config, seed
        Settings.
    now_s
        Cut-off, seconds since 1970.
    window_days
        The window that the probability speaks about.
    category
        Code of each item's category, ``int32 [n]``, negative for none.
    """
    shop = _Shop(purchases, config, int(window_days * SECONDS_PER_DAY), window_days, category)
    lessons, counts = _study(shop, now_s, seed)
    model = shop.model(purchases, histories_of(purchases), now_s)
    if not counts or not counts[min(counts)].again.any():
        return _from_gaps(model)
    model = _with_counts(model, [counts[back] for back in sorted(counts)[: config.windows]])
    return _taught(model, lessons, config, seed) if lessons else _from_gaps(model)


@dataclass(frozen=True, slots=True)
class _Shop:
    purchases: Purchases
    config: ReplenishmentConfig
    window_s: int
    window_days: float
    category: Int32Array | None

    def model(self, known: Purchases, histories: Histories, now_s: int) -> ReplenishmentModel:
        """Return the tables of a time; what windows before it teach is still missing."""
        paces = item_paces(histories, now_s, self.category)
        return replace(
            ReplenishmentModel.neutral(len(known.items), window_days=self.window_days),
            gap_days=item_gaps(histories, self.config.gap_prior),
            item=item_table(known, histories, paces, now_s, self.window_s),
            gap_prior=self.config.gap_prior,
            pace_shape=paces.pair_shape,
            customer_shape=paces.customer_shape,
        )


def _study(shop: _Shop, now_s: int, seed: int) -> tuple[dict[int, _Lesson], dict[int, RepeatCounts]]:
    """Return lessons and counts by how many windows before ``now_s`` they begin; one history at a time is held."""
    config, first_s = shop.config, int(shop.purchases.at_s.min(initial=now_s))
    year = round(YEAR_S / shop.window_s)
    teach = {*range(1, config.lessons + 1), year}
    needed = {back + before for back in teach for before in range(config.windows + 1)}
    counts: dict[int, RepeatCounts] = {}
    lessons: dict[int, _Lesson] = {}
    for back in sorted(needed, reverse=True):
        cut_s = now_s - back * shop.window_s
        if cut_s <= first_s:
            continue
        window = repeat_window(shop.purchases, cut_s, shop.window_s)
        gaps = item_gaps(window.histories, config.gap_prior)
        counts[back] = repeat_counts(window, gaps, config.gap_prior)
        before = [counts[back + more] for more in range(1, config.windows + 1) if back + more in counts]
        if back in teach and (before or back == 1):
            tables = _with_counts(shop.model(window.known, window.histories, cut_s), before or [counts[back]])
            lessons[back] = _lesson(tables, window, config, seed)
    return lessons, counts


def _with_counts(model: ReplenishmentModel, windows: Sequence[RepeatCounts]) -> ReplenishmentModel:
    total = added(windows)
    overall = total.repeated.sum() / max(total.seen.sum(), 1.0)
    hazard = (total.repeated + _CELL_PRIOR * overall) / (total.seen + _CELL_PRIOR)
    alpha, beta = beta_prior(total.again, total.held)
    item = model.item.copy()
    item[:, RATE] = _log_odds((total.again + alpha) / (total.held + alpha + beta))
    return replace(model, hazard=_log_odds(hazard), item=item)


def _lesson(
    tables: ReplenishmentModel, window: RepeatWindow, config: ReplenishmentConfig, seed: int
) -> _Lesson:
    """Return features and outcomes of whole customers, drawn until there are enough rows."""
    indptr = window.indptr()
    customers = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(indptr) > 0))
    enough = int(np.searchsorted(np.cumsum(np.diff(indptr)[customers]), config.most_pairs)) + 1
    chosen = np.sort(customers[:enough])
    blocks = [np.empty((0, N_FEATURES), np.float32)]
    outcomes = [np.empty(0, np.bool_)]
    for row in chosen.tolist():
        bought = repeat_input(window.histories.history(row))
        blocks.append(repeat_features(bought, tables.tables, window.cut_s))
        outcomes.append(window.again[indptr[row] : indptr[row + 1]])
    sizes = np.concatenate(([0], np.cumsum(np.diff(indptr)[chosen])))
    return _Lesson(sizes.astype(np.int64), np.concatenate(blocks), np.concatenate(outcomes))


def _taught(
    model: ReplenishmentModel, lessons: Mapping[int, _Lesson], config: ReplenishmentConfig, seed: int
) -> ReplenishmentModel:
    """Return the model of today with what the lessons taught, chosen and calibrated on windows they did not see."""
    judged, exam = [], None
    for back in range(1, config.judges + 1):
        older = [lesson for other, lesson in lessons.items() if other > back]
        if back in lessons and _repeats(older) >= config.min_repeats:
            learned = _learn(older, config, seed)
            scores = frequency_scores(lessons[back].features) | _scores(learned, lessons[back])
            judged.append(Judged(lessons[back].indptr, lessons[back].again, scores))
            exam = exam or (learned, lessons[back])
    everything = list(lessons.values())
    if _repeats(everything) < config.min_repeats or all(lesson.again.all() for lesson in everything):
        return _calibrated(model, None, lessons[min(lessons)])
    final = _as_chosen(_learn(everything, config, seed), choose_model(judged))
    if exam is None:
        return _calibrated(model, final, lessons[min(lessons)])
    return _calibrated(model, final, exam[1], by=_as_chosen(exam[0], choose_model(judged)))


def _repeats(lessons: Sequence[_Lesson]) -> int:
    return int(sum(np.count_nonzero(lesson.again) for lesson in lessons))


def _learn(lessons: Sequence[_Lesson], config: ReplenishmentConfig, seed: int) -> _Learned:
    features = np.concatenate([lesson.features for lesson in lessons])
    again = np.concatenate([lesson.again for lesson in lessons])
    hinges, coefficients = _regression(features, again, config, seed)
    trees = TreesConfig(
        trees=config.trees,
        leaves=config.leaves,
        learning_rate=config.learning_rate,
        threads=1,
    )
    return _Learned(hinges, coefficients, fit_trees(features, again.astype(np.float32), trees, seed))


def _regression(
    features: Float32Array, again: BoolArray, config: ReplenishmentConfig, seed: int
) -> tuple[Float32Array, Float32Array]:
    """Fit ``logit P = b0 + sum b x + sum c max(x - knot, 0)``, L2 on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = np.sort(np.random.default_rng(seed).permutation(len(features))[: config.most_regressed])
    features, again = features[rows], again[rows]
    parts = np.linspace(0, 1, config.hinges + 2)[1:-1]
    hinges = np.ascontiguousarray(np.quantile(features, parts, axis=0).T.astype(np.float32))
    bent = np.maximum(features[:, :, None] - hinges[None], 0).reshape(len(features), -1)
    columns = np.concatenate((features, bent), axis=1).astype(np.float64)
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0)
    columns = (columns - mean) / spread
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=1.0, max_iter=50, tol=1e-4, solver="newton-cholesky").fit(
            columns, again
        )
    slopes = fitted.coef_[0] / spread
    return hinges, np.concatenate((fitted.intercept_ - slopes @ mean, slopes)).astype(np.float32)


def _scores(learned: _Learned, lesson: _Lesson) -> dict[str, Float32Array]:
    alone = repeat_log_odds(lesson.features, learned.hinges, learned.coefficients)
    both = with_trees(alone, tree_scores(lesson.features, learned.trees.tables))
    return {REGRESSION: probability_of(alone), BOTH: both}


def _as_chosen(learned: _Learned, choice: str) -> _Learned:
    """Return what is served of a choice: a frequency is a regression with one slope."""
    if choice == BOTH:
        return learned
    if choice == REGRESSION:
        return replace(learned, trees=FlatTrees.empty())
    coefficients = np.zeros(1 + N_FEATURES, np.float32)
    coefficients[1 + FEATURES.index(choice)] = 1.0
    return _Learned(np.empty((N_FEATURES, 0), np.float32), coefficients, FlatTrees.empty())


def _calibrated(
    model: ReplenishmentModel, served: _Learned | None, lesson: _Lesson, by: _Learned | None = None
) -> ReplenishmentModel:
    """Return the model with what is served and knots from a lesson, which ``by`` has not seen where there is one."""
    if served is None:
        served = _Learned(model.hinges, model.coefficients, model.trees)
    by = by or served
    scores = _scores(by, lesson)
    model = replace(model, hinges=served.hinges, coefficients=served.coefficients, trees=served.trees)
    if len(by.trees) == 0:
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


def _log_odds(rate: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Float32Array:
    clipped = np.clip(rate, 1e-6, 1 - 1e-6)
    odds: Float32Array = np.log(clipped / (1 - clipped)).astype(np.float32)
    return odds
