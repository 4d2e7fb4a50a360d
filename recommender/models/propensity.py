"""P(positive outcome, given that an action is made now), learned per kind and channel from logged outcomes.

A *cell* is one kind of action on one channel. Where a cell taught enough, a logistic regression over the customer, the
triggering fact and the action, calibrated afterwards, predicts it; what an action was seen to do weighs against its
declared prior, so that a new action begins with the prior whatever its cell learned:

    P = (alpha P0 + n p) / (alpha + n)

with ``n`` the outcomes of the action on the channel, and ``p`` the prediction, or the share of positives among the ``n``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from recommender.models.arrays import Arrays
from recommender.playbook.kinds import ActionKind
from recommender.types import Float64Array

Features: TypeAlias = tuple[float, ...]
"""One number per name of :data:`FEATURES`; -1 where there is none."""

FEATURES: Final = (
    "orders",
    "days_since_purchase",
    "days_since_seen",
    "days_since_contact",
    "contacts_30d",
    "days_since_fact",
    "days_until_deadline",
    "ranked_probability",
)
"""What a prediction reads; the last is the probability that a ranking of products gave."""

OF_CUSTOMER: Final = 5
"""So many of them come first and are of the customer alone."""

RANKED: Final = FEATURES.index("ranked_probability")
_TINY: Final = 1e-6

Cell: TypeAlias = tuple[str, str]
"""Kind of action and channel; an empty channel where none was named."""


def expanded(features: Features) -> list[float]:
    """Return the numbers that are weighed: logarithms (of odds, for a probability), each with a flag for "none".

    Examples
    --------
    >>> expanded((0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5))[:4], expanded((0.0,) * 7 + (0.5,))[-2:]
    ([0.0, 0.0, 0.0, 1.0], [0.0, 0.0])
    """
    columns: list[float] = []
    for at, value in enumerate(features):
        if value < 0:
            columns += (0.0, 1.0)
        elif at == RANKED:
            columns += (_log_odds(value), 0.0)
        else:
            columns += (math.log1p(value), 0.0)
    return columns


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _TINY), 1.0 - _TINY)
    return math.log(inside / (1.0 - inside))


@dataclass(frozen=True, slots=True)
class CellModel:
    """The regression of one cell.

    Attributes
    ----------
    weights
        Of the expanded features, ``2 x len(FEATURES)``; that of the ranked probability is never negative, so that
        products keep their order.
    intercept
        Of an action that taught nothing.
    of_action
        What each action adds to the intercept.
    knots
        Calibration: log odds, ascending, and the probability there, never falling; ``[2, m]``.
    """

    weights: tuple[float, ...]
    intercept: float
    of_action: Mapping[str, float]
    knots: Float64Array

    def probability(self, action_id: str, features: Features) -> float:
        """Return the calibrated probability of one action."""
        odds = self.intercept + self.of_action.get(action_id, 0.0)
        for weight, value in zip(self.weights, expanded(features), strict=True):
            odds += weight * value
        return float(np.interp(odds, self.knots[0], self.knots[1]))

    def of_ranked(self, action_id: str, features: Features, ranked: Float64Array) -> Float64Array:
        """Return the calibrated probabilities of one action about products with these ranked probabilities."""
        rest = (*features[:RANKED], 0.5)
        odds = self.intercept + self.of_action.get(action_id, 0.0)
        odds += sum(weight * value for weight, value in zip(self.weights, expanded(rest), strict=True))
        inside = np.clip(ranked, _TINY, 1.0 - _TINY)
        result: Float64Array = np.interp(
            odds + self.weights[2 * RANKED] * np.log(inside / (1.0 - inside)), self.knots[0], self.knots[1]
        )
        return result


@dataclass(frozen=True, slots=True)
class LearnedPropensity:
    """What logged outcomes taught about every action and channel.

    Attributes
    ----------
    seen
        ``(n, positives)`` by action id and channel.
    cells
        The regressions of the cells that taught enough.

    Examples
    --------
    >>> learned = LearnedPropensity({("tea", "email"): (90, 45)})
    >>> learned.probability(("tea", ActionKind.SURVEY, "email"), (0.1, 10.0), (-1.0,) * len(FEATURES))
    0.46
    >>> learned.probability(("new", ActionKind.SURVEY, "email"), (0.1, 10.0), (-1.0,) * len(FEATURES))
    0.1
    """

    seen: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    cells: Mapping[Cell, CellModel] = field(default_factory=dict)

    def probability(
        self, action: tuple[str, ActionKind, str | None], prior: tuple[float, float], features: Features
    ) -> float:
        """Return the probability of one action.

        Parameters
        ----------
        action
            Its id, kind and channel.
        prior
            ``(P0, alpha)``, as the playbook declares them.
        features
            As :data:`FEATURES` names them.
        """
        action_id, kind, channel = action
        n, positives = self.seen.get((action_id, channel or ""), (0, 0))
        if n == 0:
            return prior[0]
        model = self.cells.get((kind.value, channel or ""))
        share = positives / n if model is None else model.probability(action_id, features)
        return _smoothed(prior, n, share)

    def most(self, action: tuple[str, ActionKind, str | None], prior: tuple[float, float]) -> float:
        """Return the largest probability that one action has for anybody.

        Examples
        --------
        >>> learned = LearnedPropensity({("tea", "email"): (90, 45)})
        >>> learned.most(("tea", ActionKind.SURVEY, "email"), (0.1, 10.0))
        0.46
        """
        action_id, kind, channel = action
        n, positives = self.seen.get((action_id, channel or ""), (0, 0))
        if n == 0:
            return prior[0]
        model = self.cells.get((kind.value, channel or ""))
        # Between two knots a number may come out a little above both.
        return _smoothed(prior, n, positives / n if model is None else float(model.knots[1].max()) + _TINY)

    def knows_ranked(self, action: tuple[str, ActionKind, str | None]) -> bool:
        """Whether outcomes taught what customers make of products once this action says so."""
        action_id, kind, channel = action
        return (action_id, channel or "") in self.seen and (kind.value, channel or "") in self.cells

    def of_ranked(
        self, action: tuple[str, ActionKind, str | None], features: Features, ranked: Float64Array
    ) -> Float64Array:
        """Return the probabilities of one action about many products; the ranking's own where nothing was learned.

        The ranking says how likely each is bought; what was learned says how likely it is once it is said here. Order
        is kept.
        """
        if not self.knows_ranked(action):
            return ranked
        action_id, kind, channel = action
        return self.cells[kind.value, channel or ""].of_ranked(action_id, features, ranked)

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold; names are JSON as bytes."""
        seen, cells = sorted(self.seen.items()), sorted(self.cells.items())
        names = {
            "seen": [list(key) for key, _ in seen],
            "cells": [[*cell, sorted(model.of_action)] for cell, model in cells],
        }
        models = [model for _, model in cells]
        return {
            "names": np.frombuffer(json.dumps(names, separators=(",", ":")).encode(), np.uint8),
            "seen": np.array([counts for _, counts in seen], np.int64).reshape(-1, 2),
            "weights": np.array([model.weights for model in models]).reshape(-1, 2 * len(FEATURES)),
            "intercepts": np.array([model.intercept for model in models]),
            "of_action": np.array(
                [model.of_action[name] for model in models for name in sorted(model.of_action)]
            ),
            "knots": np.concatenate([np.empty((2, 0)), *(model.knots for model in models)], axis=1),
            "knot_counts": np.array([model.knots.shape[1] for model in models], np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "LearnedPropensity":
        """Rebuild the model from its arrays."""
        names = json.loads(bytes(arrays["names"]))
        seen = {
            (action_id, channel): (int(n), int(positives))
            for (action_id, channel), (n, positives) in zip(names["seen"], arrays["seen"], strict=True)
        }
        return cls(seen, _cells_from(arrays, names["cells"]))


def _smoothed(prior: tuple[float, float], n: int, share: float) -> float:
    p0, weight = prior
    return (weight * p0 + n * share) / (weight + n)


def _cells_from(arrays: Arrays, names: Sequence[Sequence[object]]) -> dict[Cell, CellModel]:
    cells: dict[Cell, CellModel] = {}
    action_at = knot_at = 0
    for row, (kind, channel, actions) in enumerate(names):
        ids = [str(one) for one in actions]  # type: ignore[attr-defined]  # a list, as arrays() wrote it
        knots = int(arrays["knot_counts"][row])
        cells[str(kind), str(channel)] = CellModel(
            weights=tuple(arrays["weights"][row].tolist()),
            intercept=float(arrays["intercepts"][row]),
            of_action=dict(
                zip(ids, arrays["of_action"][action_at : action_at + len(ids)].tolist(), strict=True)
            ),
            knots=np.array(arrays["knots"][:, knot_at : knot_at + knots], np.float64),
        )
        action_at, knot_at = action_at + len(ids), knot_at + knots
    return cells
