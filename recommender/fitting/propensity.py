"""From logged outcomes to calibrated propensities.

A cell (kind and channel) gets a regression when, on customers it did not learn from, the regression tells outcomes better
than the plain share of positives does, by two standard errors; until then the smoothed share serves. How probabilities are
calibrated (Platt 1999, or isotonic) is judged the same way.

Labels of staff teach the regression whom an action suits. How often outcomes follow (shares, calibration, and whether the
regression serves at all) is judged on outcomes alone: labels that say nothing of them change no probability for long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from recommender.fitting.calibration import expected_calibration_error
from recommender.models.propensity import (
    OF_CUSTOMER,
    RANKED,
    Cell,
    CellModel,
    Features,
    LearnedPropensity,
    expanded,
)
from recommender.types import BoolArray, Float64Array, Int64Array

FOLDS: Final = 5
_LEAST_OF_EACH: Final = 2 * FOLDS
"""Positives and negatives without which no fold could be judged."""
_KNOTS: Final = 64

Calibration: TypeAlias = Callable[[Float64Array], Float64Array]
"""From log odds to probability, never falling."""


@dataclass(frozen=True, slots=True, eq=False)
class LoggedOutcomes:
    """Actions that were said, and whether the positive outcome followed; one row each.

    Attributes
    ----------
    action_id, kind, channel
        What was said where; an empty channel where none was named.
    features
        As :data:`recommender.models.propensity.FEATURES` names them.
    positive
        ``bool [n]``.
    customer
        A code per customer, ``int64 [n]``: nobody both teaches and judges.
    labels
        What staff said of actions for customers, in the same form and with the same codes; ``positive``: the action suits.
    """

    action_id: Sequence[str]
    kind: Sequence[str]
    channel: Sequence[str]
    features: Sequence[Features]
    positive: BoolArray
    customer: Int64Array
    labels: "LoggedOutcomes | None" = None

    def __len__(self) -> int:
        return int(self.positive.size)


def fit_propensity(outcomes: LoggedOutcomes) -> LearnedPropensity:
    """Learn how likely each action's positive outcome is.

    Parameters
    ----------
    outcomes
        In any order; none at all gives a model that knows only the priors.

    Examples
    --------
    >>> nothing = LoggedOutcomes((), (), (), (), np.empty(0, np.bool_), np.empty(0, np.int64))
    >>> fit_propensity(nothing).seen
    {}
    """
    return judged_propensity(outcomes).learned


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPropensity:
    """What outcomes taught, and how it did on customers that did not teach it.

    Attributes
    ----------
    learned
        The model.
    held_out
        By cell that got a regression: calibrated probabilities ``[n]`` of customers left out, and whether it happened.
    """

    learned: LearnedPropensity
    held_out: Mapping[Cell, tuple[Float64Array, BoolArray]]

    @property
    def calibration_error(self) -> float | None:
        """Expected calibration error over all cells, 0 to 1; None where no cell got a regression."""
        if not self.held_out:
            return None
        said = np.concatenate([one for one, _ in self.held_out.values()])
        happened = np.concatenate([one for _, one in self.held_out.values()])
        return expected_calibration_error(said, happened)


def judged_propensity(outcomes: LoggedOutcomes) -> JudgedPropensity:
    """Learn as :func:`fit_propensity` does, and keep what was said of customers left out."""
    seen: dict[tuple[str, str], tuple[int, int]] = {}
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, positive in enumerate(outcomes.positive.tolist()):
        key = outcomes.action_id[row], outcomes.channel[row]
        n, positives = seen.get(key, (0, 0))
        seen[key] = (n + 1, positives + positive)
        rows_of.setdefault((outcomes.kind[row], outcomes.channel[row]), []).append(row)
    fitted = {cell: _fit_cell(outcomes, rows) for cell, rows in sorted(rows_of.items())}
    judged = {cell: one for cell, one in fitted.items() if one is not None}
    learned = LearnedPropensity(seen, {cell: one.model for cell, one in judged.items()})
    return JudgedPropensity(learned, {cell: (one.said, one.positive) for cell, one in judged.items()})


class _Labels(NamedTuple):
    """The labels of one cell, in the columns of its outcomes."""

    x: Float64Array
    y: Float64Array
    folds: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """The rows of one cell as a matrix: expanded features, then one column per action."""

    x: Float64Array
    y: Float64Array
    action: Int64Array
    names: tuple[str, ...]
    folds: Int64Array
    labels: "_Labels"

    @property
    def n_features(self) -> int:
        return int(self.x.shape[1]) - len(self.names)

    def fitted(self, columns: Int64Array, without: int | None = None) -> tuple[Float64Array, float]:
        """Return weights and intercept from outcomes and labels; ``without`` those of the customers of one fold."""
        rows, labelled = self.folds != without, self.labels.folds != without
        x = np.concatenate((self.x[rows], self.labels.x[labelled]))
        y = np.concatenate((self.y[rows], self.labels.y[labelled]))
        return _regression(x[:, columns], y)


class _JudgedCell(NamedTuple):
    model: CellModel
    said: Float64Array
    positive: BoolArray


def _fit_cell(outcomes: LoggedOutcomes, rows: Sequence[int]) -> _JudgedCell | None:
    design = _design(outcomes, rows)
    if design is None:
        return None
    columns = _kept_columns(design)
    held_out = np.empty(len(design.y))
    plain = np.empty(len(design.y))
    for fold in range(FOLDS):
        judge = design.folds == fold
        if len(set(design.y[~judge].tolist())) < 2:
            return None
        weights, intercept = design.fitted(columns, without=fold)
        held_out[judge] = design.x[judge][:, columns] @ weights + intercept
        plain[judge] = _shares(design, ~judge)[design.action[judge]]
    calibration, calibrated = _best_calibration(held_out, design)
    lead = _loss(plain, design.y) - _loss(calibrated, design.y)
    if not lead.mean() > 2.0 * lead.std() / np.sqrt(len(lead)):
        return None
    weights, intercept = design.fitted(columns)
    model = _model(design, columns, (weights, intercept), _knots(held_out, calibration))
    return _JudgedCell(model, calibrated, design.y > 0)


def _design(outcomes: LoggedOutcomes, rows: Sequence[int]) -> _Design | None:
    """Return the matrix; None where too little happened to judge anything."""
    y = outcomes.positive[rows].astype(np.float64)
    labelled = _rows_of(outcomes.labels, outcomes.kind[rows[0]], outcomes.channel[rows[0]])
    everybody = np.concatenate((outcomes.customer[rows], labelled.customer))
    customer, of_label = np.split(np.unique(everybody, return_inverse=True)[1], [len(rows)])
    positives = int(y.sum())
    if min(positives, len(y) - positives) < _LEAST_OF_EACH or len(np.unique(customer)) < FOLDS:
        return None
    names = tuple(sorted({outcomes.action_id[row] for row in rows}))
    at = {name: place for place, name in enumerate(names)}
    action = np.array([at[outcomes.action_id[row]] for row in rows], np.int64)
    features = np.array([expanded(outcomes.features[row]) for row in rows])
    x = np.concatenate((features, np.eye(len(names))[action]), axis=1)
    # Fibonacci hashing scatters neighbouring codes without a random draw.
    folds, of_label = (
        (((code * 2_654_435_761) >> 16) % FOLDS).astype(np.int64) for code in (customer, of_label)
    )
    return _Design(x, y, action, names, folds, _labels(labelled, of_label, x, names))


def _rows_of(labels: LoggedOutcomes | None, kind: str, channel: str) -> LoggedOutcomes:
    """Return the labels of one cell."""
    if labels is None:
        return LoggedOutcomes((), (), (), (), np.empty(0, np.bool_), np.empty(0, np.int64))
    rows = [
        row
        for row, cell in enumerate(zip(labels.kind, labels.channel, strict=True))
        if cell == (kind, channel)
    ]
    return LoggedOutcomes(
        [labels.action_id[row] for row in rows],
        [kind] * len(rows),
        [channel] * len(rows),
        [labels.features[row] for row in rows],
        labels.positive[rows],
        labels.customer[rows],
    )


def _labels(labels: LoggedOutcomes, folds: Int64Array, x: Float64Array, names: Sequence[str]) -> _Labels:
    """Return labels in the columns of outcomes; where staff says nothing, of facts and products, stands the mean of these."""
    at = {name: place for place, name in enumerate(names)}
    rows = [row for row, name in enumerate(labels.action_id) if name in at]
    filled = np.tile(x.mean(axis=0), (len(rows), 1))
    for place, row in enumerate(rows):
        filled[place, : 2 * OF_CUSTOMER] = expanded(labels.features[row])[: 2 * OF_CUSTOMER]
        filled[place, -len(names) :] = np.arange(len(names)) == at[labels.action_id[row]]
    return _Labels(filled, labels.positive[rows].astype(np.float64), folds[rows])


def _kept_columns(design: _Design) -> Int64Array:
    """Return the columns that vary; not the ranked probability where it would turn the order of products round."""
    varies = np.flatnonzero(np.ptp(design.x, axis=0) > 0)
    ranked = 2 * RANKED
    if ranked in varies:
        weights, _ = design.fitted(varies)
        if weights[np.searchsorted(varies, ranked)] <= 0:
            varies = varies[varies != ranked]
    return varies


def _regression(x: Float64Array, y: Float64Array) -> tuple[Float64Array, float]:
    """Return weights and intercept of a logistic regression on standardised columns, in the columns' own units."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale == 0] = 1.0
    if x.shape[1] == 0:
        share = min(max(float(y.mean()), 1e-6), 1 - 1e-6)
        return np.empty(0), float(np.log(share / (1 - share)))
    fitted = LogisticRegression(max_iter=1_000).fit((x - mean) / scale, y)
    weights = fitted.coef_[0] / scale
    return np.asarray(weights), float(fitted.intercept_[0] - weights @ mean)


def _shares(design: _Design, rows: BoolArray) -> Float64Array:
    """Return the share of positives of each action among some rows, drawn to that of the cell as if by one more row."""
    overall = float(design.y[rows].mean())
    n = np.bincount(design.action[rows], minlength=len(design.names))
    positives = np.bincount(design.action[rows], design.y[rows], minlength=len(design.names))
    shares: Float64Array = (positives + overall) / (n + 1.0)
    return shares


def _best_calibration(odds: Float64Array, design: _Design) -> tuple[Calibration, Float64Array]:
    """Return the calibration with the smaller loss on customers it did not see, and what it says of them."""
    tried = []
    for method in (_platt, _isotonic):
        said = np.empty(len(odds))
        for fold in range(FOLDS):
            judge = design.folds == fold
            said[judge] = method(odds[~judge], design.y[~judge])(odds[judge])
        tried.append((float(_loss(said, design.y).mean()), method, said))
    _, method, said = min(tried, key=lambda one: one[0])
    return method(odds, design.y), said


def _platt(odds: Float64Array, y: Float64Array) -> Calibration:
    weights, intercept = _regression(odds[:, None], y)
    slope = max(float(weights[0]), 0.0)
    return lambda at: np.asarray(1.0 / (1.0 + np.exp(-(slope * at + intercept))))


def _isotonic(odds: Float64Array, y: Float64Array) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    # Half a customer on either side: never certain.
    margin = 0.5 / (len(y) + 1.0)
    fitted = IsotonicRegression(y_min=margin, y_max=1.0 - margin, out_of_bounds="clip").fit(odds, y)
    return lambda at: np.asarray(fitted.predict(at))


def _loss(probability: Float64Array, y: Float64Array) -> Float64Array:
    """Return the logarithmic loss of each row."""
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    loss: Float64Array = -(y * np.log(inside) + (1.0 - y) * np.log(1.0 - inside))
    return loss


def _knots(odds: Float64Array, calibration: Calibration) -> Float64Array:
    """Return a calibration as a table at quantiles of what it was fitted on, and beyond both ends."""
    at = np.unique(
        np.concatenate((np.quantile(odds, np.linspace(0, 1, _KNOTS)), [odds.min() - 3.0, odds.max() + 3.0]))
    )
    return np.stack((at, np.maximum.accumulate(calibration(at))))


def _model(
    design: _Design, columns: Int64Array, line: tuple[Float64Array, float], knots: Float64Array
) -> CellModel:
    weights = np.zeros(design.x.shape[1])
    weights[columns] = line[0]
    features, actions = weights[: design.n_features], weights[design.n_features :]
    of_action: Mapping[str, float] = dict(zip(design.names, actions.tolist(), strict=True))
    return CellModel(tuple(features.tolist()), line[1], of_action, knots)
