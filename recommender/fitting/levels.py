"""What a blended score means: how active a customer is, and which probability a score stands for."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from recommender.data import Histories
from recommender.evaluation.outcomes import Outcomes
from recommender.evaluation.ranking import top_k
from recommender.fitting.calibration import expected_calibration_error, fit_calibration
from recommender.models import Blend, FittedModels, offer_probability, score_offers
from recommender.models.blend import ACTIVITY_SHAPE, ELAPSED_WINDOWS, ORDER_COUNTS
from recommender.types import BoolArray, Float32Array, Float64Array, Int64Array

_CELL_PRIOR = 20.0
_DEPTH = 50
"""Calibration looks at this many of the best items of each customer: those that can be offered."""


def fit_activity(histories: Histories, outcomes: Outcomes, *, now_s: int, window_days: float) -> Float32Array:
    """Return P(a customer buys something new in the window) by orders and by time since the last one.

    A cell is shrunk by the weight of twenty customers to what its orders and its time say apart, each odds ratio to the
    shop's mean multiplied; these are shrunk to the mean alike. Where hardly anybody has few orders, those who do are
    neither as active as everybody nor as nobody.
    """
    known = histories.orders > 0
    elapsed = (now_s - histories.last_s[known]) / (window_days * 86_400.0)
    row = np.searchsorted(ORDER_COUNTS, histories.orders[known])
    column = np.searchsorted(ELAPSED_WINDOWS, elapsed.astype(np.float32))
    active = outcomes.counts(owned=False)[known] > 0
    seen, hits = np.zeros(ACTIVITY_SHAPE), np.zeros(ACTIVITY_SHAPE)
    np.add.at(seen, (row, column), 1.0)
    np.add.at(hits, (row, column), active)
    overall = np.clip(active.mean() if len(active) else 1.0, 1e-3, 1 - 1e-3)
    of_orders, of_time = (_shrunk(hits.sum(axis), seen.sum(axis), overall) for axis in (1, 0))
    apart = expit(logit(of_orders)[:, None] + logit(of_time) - logit(overall))
    table: Float32Array = _shrunk(hits, seen, apart).astype(np.float32)
    return table


def _shrunk(hits: Float64Array, seen: Float64Array, rate: Float64Array | float) -> Float64Array:
    return (hits + _CELL_PRIOR * rate) / (seen + _CELL_PRIOR)


class Levels(NamedTuple):
    """What a window says of the offers of the models before it.

    ``blend`` is theirs with activity and calibration; ``offer_rate`` the share of the best offers that was bought by customers
    who bought anything, each counting as often as they hold items (reminders do too); ``None`` without one.
    """

    blend: Blend
    offer_rate: float | None


class BestOffers(NamedTuple):
    """Scores of customers' best unowned items, whether they were bought, and how many items the customer holds.

    ``held`` is 0 for customers who bought nothing in the window.
    """

    score: Float32Array
    bought: BoolArray
    held: Int64Array


def fit_levels(
    models: FittedModels, histories: Histories, outcomes: Outcomes, rows: Int64Array, *, now_s: int
) -> Levels:
    """Return activity, calibration and the rate of offers, learned from a window after the models.

    Parameters
    ----------
    models, histories
        From before the window.
    outcomes
        What happened in it.
    rows
        A sample of all customers, also of those who bought nothing.
    now_s
        Begin of the window, seconds since 1970.
    """
    activity = fit_activity(histories, outcomes, now_s=now_s, window_days=models.window_days)
    blend = replace(models.blend, activity=activity)
    best = best_offers(replace(models, blend=blend), histories, outcomes, rows, now_s=now_s)
    if len(best.score) == 0:
        return Levels(blend, None)
    knots, probability = fit_calibration(best.score, best.bought)
    if knots[0] > 0:
        knots = np.concatenate((np.zeros(1, np.float32), knots))
        probability = np.concatenate((np.zeros(1, np.float32), probability))
    rate = float(np.average(best.bought, weights=best.held)) if best.held.any() else None
    return Levels(replace(blend, knot_score=knots, knot_probability=probability), rate)


def offer_calibration_error(
    models: FittedModels, histories: Histories, outcomes: Outcomes, rows: Int64Array, *, now_s: int
) -> float:
    """Return the expected calibration error of each customer's best offers in a window."""
    best = best_offers(models, histories, outcomes, rows, now_s=now_s)
    return expected_calibration_error(offer_probability(models, best.score), best.bought)


def best_offers(
    models: FittedModels, histories: Histories, outcomes: Outcomes, rows: Int64Array, *, now_s: int
) -> BestOffers:
    """Return the best offers of each customer, and what became of them in the window."""
    scores, bought, held = [np.empty(0, np.float32)], [np.empty(0, np.bool_)], [np.empty(0, np.int64)]
    for row in rows.tolist():
        history = histories.history(row)
        score = score_offers(models, history, now_s)
        best = top_k(score, history.item, _DEPTH)
        best = best[best >= 0]
        scores.append(score[best])
        bought.append(np.isin(best, outcomes.discoveries(row)))
        came_back = outcomes.indptr[row + 1] > outcomes.indptr[row]
        held.append(np.full(len(best), len(history.item) if came_back else 0))
    return BestOffers(np.concatenate(scores), np.concatenate(bought), np.concatenate(held))
