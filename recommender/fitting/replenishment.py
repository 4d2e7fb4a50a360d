"""Buying again: tables from the windows before, a logistic regression on the last one, a monotone calibration."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.data import Purchases, histories_of
from recommender.fitting.calibration import fit_calibration
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.ownership import beta_prior
from recommender.fitting.repeat_windows import (
    RepeatWindow,
    hazard_counts,
    item_counts,
    item_gaps,
    repeat_window,
)
from recommender.models import ReplenishmentModel
from recommender.models.repeat_kernels import FEATURES, HAZARD_SHAPE, repeat_features, repeat_log_odds
from recommender.models.scoring import repeat_input
from recommender.types import SECONDS_PER_DAY, BoolArray, Float32Array

_CELL_PRIOR = 20.0


def fit_replenishment(
    purchases: Purchases, config: ReplenishmentConfig, seed: int, *, now_s: int, window_days: float
) -> ReplenishmentModel:
    """Return P(bought again within the window) for any customer and item.

    The tables (gaps, item rates, hazard) come from ``config.windows`` windows; the regression sees tables that end
    before its own window begins, as the served model does. All owned items of all customers teach, also of those
    who buy nothing. Too few repeats leave the regression, or the tables, out.
    """
    window_s = int(window_days * SECONDS_PER_DAY)
    first_s = int(purchases.at_s.min(initial=now_s))
    windows = [
        repeat_window(purchases, now_s - back * window_s, window_s)
        for back in range(1, config.windows + 2)
        if now_s - back * window_s > first_s
    ]
    gaps = item_gaps(histories_of(purchases), config.gap_prior)
    model = replace(
        ReplenishmentModel.neutral(len(purchases.items)),
        gap_days=gaps,
        gap_prior=config.gap_prior,
        window_days=window_days,
    )
    if not windows or not windows[0].again.any():
        return _from_gaps(model)
    learned = _with_regression(model, windows, config, seed)
    return _with_tables(learned, windows[: config.windows])


def _with_tables(model: ReplenishmentModel, windows: Sequence[RepeatWindow]) -> ReplenishmentModel:
    seen, repeated = np.zeros(HAZARD_SHAPE), np.zeros(HAZARD_SHAPE)
    held, again = np.zeros(len(model.gap_days)), np.zeros(len(model.gap_days))
    for window in windows:
        cells = hazard_counts(window, model.gap_days, model.gap_prior)
        seen, repeated = seen + cells[0], repeated + cells[1]
        items = item_counts(window)
        held, again = held + items[0], again + items[1]
    overall = repeated.sum() / max(seen.sum(), 1.0)
    hazard = (repeated + _CELL_PRIOR * overall) / (seen + _CELL_PRIOR)
    alpha, beta = beta_prior(again, held)
    rate = (again + alpha) / (held + alpha + beta)
    return replace(model, hazard=_log_odds(hazard), rate=_log_odds(rate))


def _with_regression(
    model: ReplenishmentModel, windows: Sequence[RepeatWindow], config: ReplenishmentConfig, seed: int
) -> ReplenishmentModel:
    learn, before = windows[0], windows[1:]
    gaps = item_gaps(learn.histories, config.gap_prior)
    tables = _with_tables(replace(model, gap_days=gaps), before or windows[:1])
    features, again = _rows(tables, learn, config, seed)
    if again.sum() < config.min_repeats or again.all():
        return _calibrated(tables, model, features, again)
    return _calibrated(_regressed(tables, features, again, config), model, features, again)


def _regressed(
    tables: ReplenishmentModel, features: Float32Array, again: BoolArray, config: ReplenishmentConfig
) -> ReplenishmentModel:
    """Fit ``logit P = b0 + sum b x + sum c max(x - knot, 0)``, L2 on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    parts = np.linspace(0, 1, config.hinges + 2)[1:-1]
    hinges = np.quantile(features, parts, axis=0).T.astype(np.float32)
    bent = np.maximum(features[:, :, None] - hinges[None], 0).reshape(len(features), -1)
    columns = np.concatenate((features, bent), axis=1).astype(np.float64)
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0)
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=1.0, max_iter=100, tol=1e-3).fit((columns - mean) / spread, again)
    slopes = fitted.coef_[0] / spread
    coefficients = np.concatenate((fitted.intercept_ - slopes @ mean, slopes)).astype(np.float32)
    return replace(tables, hinges=np.ascontiguousarray(hinges), coefficients=coefficients)


def _calibrated(
    taught: ReplenishmentModel, model: ReplenishmentModel, features: Float32Array, again: BoolArray
) -> ReplenishmentModel:
    """Return the model of today with what the window taught, and its calibration."""
    score = repeat_log_odds(features, taught.hinges, taught.coefficients)
    knot_score, knot_probability = fit_calibration(score, again)
    return replace(
        model,
        hinges=taught.hinges,
        coefficients=taught.coefficients,
        knot_score=knot_score,
        knot_probability=knot_probability,
    )


def _rows(
    tables: ReplenishmentModel, window: RepeatWindow, config: ReplenishmentConfig, seed: int
) -> tuple[Float32Array, BoolArray]:
    """Return features and outcomes of whole customers, drawn until there are enough rows."""
    indptr = window.histories.holdings.indptr[: len(window.histories) + 1]
    customers = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(indptr) > 0))
    enough = int(np.searchsorted(np.cumsum(np.diff(indptr)[customers]), config.most_pairs)) + 1
    chosen = np.sort(customers[:enough])
    blocks = [
        repeat_features(repeat_input(window.histories.history(row)), tables.tables, window.cut_s)
        for row in chosen.tolist()
    ]
    outcomes = [window.again[indptr[row] : indptr[row + 1]] for row in chosen.tolist()]
    if not blocks:
        return np.empty((0, len(FEATURES)), np.float32), np.empty(0, np.bool_)
    return np.concatenate(blocks), np.concatenate(outcomes)


def _from_gaps(model: ReplenishmentModel) -> ReplenishmentModel:
    """Return the model of a shop in which no past window shows a repeat: little, and less the longer ago."""
    return replace(
        model,
        knot_score=np.array([-10.0, 0.0], np.float32),
        knot_probability=np.array([0.0, 0.05], np.float32),
    )


def _log_odds(rate: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Float32Array:
    clipped = np.clip(rate, 1e-6, 1 - 1e-6)
    odds: Float32Array = np.log(clipped / (1 - clipped)).astype(np.float32)
    return odds
