"""When a customer will buy an item again."""

from dataclasses import dataclass, field

import numpy as np

from recommender.models.arrays import Arrays, read_only
from recommender.models.by_reference import Reference, refer_to_repeats
from recommender.models.repeat_features import FEATURES, N_FEATURES
from recommender.models.repeat_tables import HAZARD_SHAPE, ITEM_COLUMNS, PACE, PRICE, RepeatTables
from recommender.models.trees import FlatTrees
from recommender.types import SECONDS_PER_DAY, Float32Array

_TREES = "trees_"


@dataclass(frozen=True, slots=True)
class Knots:
    """A monotone table from scores to probabilities, piecewise linear and constant outside.

    Attributes
    ----------
    score, probability
        ``float32 [c]``, both ascending; the scores are probabilities too, not calibrated yet.
    """

    score: Float32Array
    probability: Float32Array


@dataclass(frozen=True, slots=True)
class ReplenishmentModel:
    """P(bought again within the window) from elapsed time, gaps, counts and the item's own habit.

    A piecewise linear logistic regression over :data:`recommender.models.repeat_features.FEATURES`, averaged with
    boosted trees over the same where those help, then a monotone table.

    Attributes
    ----------
    gap_days
        Expected days between two purchases of each item by one customer, ``float32 [n]``, > 0.
    item
        What else is known of each item, ``float32 [n, columns]``; columns in :mod:`recommender.models.repeat_tables`.
    taste
        Each item's place among the habits of all customers, ``float32 [n, dimensions]``, a multiple of eight of them;
        none where there is too little to decompose.
    hazard
        Log-odds of a repeat by count and by elapsed time over the expected gap, ``float32 [counts, ratios]``.
    hinges
        Knots of a piecewise linear term per feature, ``float32 [f, knots]``.
    coefficients
        Intercept, one slope per feature, then one per hinge, ``float32 [1 + f + f x knots]``.
    rest
        What the log-odds of rows are taken through that trees do not look at, see :mod:`recommender.models.repeat_level`:
        ``float32 [2 + c + c x knots]`` for the ``c`` columns of the customer; empty where trees look at everything, or at nothing.
    trees
        Log-odds by boosted trees; no tree at all where they do not help.
    knots, tree_knots
        Calibration of the regression alone, and of the mean of both.
    gap_prior
        How many of a customer's own gaps the item's gap is worth, > 0.
    pace_shape, customer_shape
        Gamma shapes of how often an owner repeats an item, and of how much faster one customer is than others, > 0.
    window_days
        The window that the probability speaks about.
    """

    gap_days: Float32Array
    item: Float32Array
    taste: Float32Array
    hazard: Float32Array
    hinges: Float32Array
    coefficients: Float32Array
    rest: Float32Array
    trees: FlatTrees
    knots: Knots
    tree_knots: Knots
    gap_prior: float
    pace_shape: float
    customer_shape: float
    window_days: float
    tables: Reference = field(init=False, repr=False)

    def __post_init__(self) -> None:
        window_s = self.window_days * SECONDS_PER_DAY
        constants = np.array([window_s, self.gap_prior, self.pace_shape, self.customer_shape], np.float64)
        tables = RepeatTables(
            gap_days=read_only(self.gap_days),
            item=read_only(self.item),
            taste=read_only(self.taste),
            hazard=read_only(self.hazard),
            hinges=read_only(self.hinges),
            coefficients=read_only(self.coefficients),
            rest=read_only(self.rest),
            knot_score=read_only(self.knots.score),
            knot_probability=read_only(self.knots.probability),
            tree_knot_score=read_only(self.tree_knots.score),
            tree_knot_probability=read_only(self.tree_knots.probability),
            tree_indptr=read_only(self.trees.indptr),
            tree_feature=read_only(self.trees.feature),
            tree_threshold=read_only(self.trees.threshold),
            tree_mask=read_only(self.trees.mask),
            tree_leaf=read_only(self.trees.leaf),
            constants=read_only(constants),
        )
        object.__setattr__(self, "tables", refer_to_repeats(tables))

    @classmethod
    def neutral(cls, n_items: int, gap_days: float = 30.0, window_days: float = 28.0) -> "ReplenishmentModel":
        """Return the model that knows one gap for every item: the hazard alone decides, and it is flat."""
        coefficients = np.zeros(1 + N_FEATURES, np.float32)
        coefficients[1 + FEATURES.index("hazard")] = 1.0
        coefficients[1 + FEATURES.index("decayed_window")] = 1.0
        knots = Knots(np.array([0.0, 0.5, 1.0], np.float32), np.array([0.0, 0.25, 0.5], np.float32))
        item = np.zeros((n_items, ITEM_COLUMNS), np.float32)
        item[:, PACE] = 1.0 / gap_days
        item[:, PRICE] = 1.0
        return cls(
            gap_days=np.full(n_items, gap_days, np.float32),
            item=item,
            taste=np.empty((n_items, 0), np.float32),
            hazard=np.full(HAZARD_SHAPE, -2.0, np.float32),
            hinges=np.empty((N_FEATURES, 0), np.float32),
            coefficients=coefficients,
            rest=np.empty(0, np.float32),
            trees=FlatTrees.empty(),
            knots=knots,
            tree_knots=knots,
            gap_prior=1e9,
            pace_shape=1.0,
            customer_shape=1.0,
            window_days=window_days,
        )

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        constants = (self.gap_prior, self.pace_shape, self.customer_shape, self.window_days)
        trees = {_TREES + name: array for name, array in self.trees.arrays().items()}
        return {
            **trees,
            "gap_days": self.gap_days,
            "item": self.item,
            "taste": self.taste,
            "hazard": self.hazard,
            "hinges": self.hinges,
            "coefficients": self.coefficients,
            "rest": self.rest,
            "knot_score": self.knots.score,
            "knot_probability": self.knots.probability,
            "tree_knot_score": self.tree_knots.score,
            "tree_knot_probability": self.tree_knots.probability,
            "constants": np.array(constants, np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "ReplenishmentModel":
        """Rebuild the model from its arrays."""
        trees = {
            name.removeprefix(_TREES): array for name, array in arrays.items() if name.startswith(_TREES)
        }
        gap_prior, pace_shape, customer_shape, window_days = arrays["constants"].tolist()
        return cls(
            gap_days=arrays["gap_days"],
            item=arrays["item"],
            taste=arrays["taste"],
            hazard=arrays["hazard"],
            hinges=arrays["hinges"],
            coefficients=arrays["coefficients"],
            rest=arrays["rest"],
            trees=FlatTrees.from_arrays(trees),
            knots=Knots(arrays["knot_score"], arrays["knot_probability"]),
            tree_knots=Knots(arrays["tree_knot_score"], arrays["tree_knot_probability"]),
            gap_prior=gap_prior,
            pace_shape=pace_shape,
            customer_shape=customer_shape,
            window_days=window_days,
        )
