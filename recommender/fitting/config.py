"""What can be chosen about a training run; every default is relative to the window or to the data.

The range of every field stands in its annotation. :func:`refuse_unusable` checks a whole configuration.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from recommender.errors import InvalidRequestError
from recommender.fitting.ranges import AboveZero, Ascending, Within, refuse_misfits

_SOME: Final = Within(1, 1_000_000_000)
"""Of rows, customers or buyers."""

_ITEMS: Final = Within(1, 10_000_000)
_NEIGHBOURS: Final = Within(1, 10_000)
_WINDOWS: Final = Within(1, 100)
_LEAVES: Final = Within(2, 32)
_TREES: Final = Within(1, 10_000)
_HALF_LIFE: Final = Within(0.05, 10_000)
"""In windows. Shorter ones leave nothing of purchases that a customer can still be asked about."""

_SHARE: Final = AboveZero(1)


@dataclass(frozen=True, slots=True)
class PopularityConfig:
    """Half-lives in windows, ascending. ``lift_row`` is the one that lifts other sources."""

    horizons: Annotated[tuple[float, ...], Ascending(0.05, 16)] = (1 / 14, 1 / 4, 1.0, 4.0, math.inf)
    lift_row: Annotated[int, Within(0, 15)] = 1


@dataclass(frozen=True, slots=True)
class NewcomerConfig:
    """What customers of whom nothing is known are offered.

    Attributes
    ----------
    half_life
        Of a first order, in windows.
    prior
        Popularity weighs as much as so many lines of first orders.
    least
        So many newcomers in past windows must have bought; of fewer nobody can tell whether they differ from the others.
    """

    half_life: Annotated[float, _HALF_LIFE] = 2.0
    prior: Annotated[float, Within(0, 1_000_000_000)] = 100.0
    least: Annotated[int, _SOME] = 30


@dataclass(frozen=True, slots=True)
class ItemItemConfig:
    """Item to item.

    Attributes
    ----------
    neighbours
        How many are kept per item.
    half_life
        Of a purchase's weight, in windows.
    lately, newly
        Half-life of a first purchase in the sources of the same names, in windows.
    min_buyers
        Items with fewer distinct buyers are not modelled ...
    always_modelled
        ... unless they are among this many best-sold ones.
    most_modelled
        Never more than this many, best-sold first.
    """

    neighbours: Annotated[int, _NEIGHBOURS] = 40
    half_life: Annotated[float, _HALF_LIFE] = 1.0
    lately: Annotated[float, _HALF_LIFE] = 1.0
    newly: Annotated[float, _HALF_LIFE] = 0.25
    min_buyers: Annotated[int, Within(0, 1_000_000_000)] = 5
    always_modelled: Annotated[int, Within(0, 10_000_000)] = 1000
    most_modelled: Annotated[int, _ITEMS] = 200_000


@dataclass(frozen=True, slots=True)
class AlsConfig:
    """Implicit ALS; ``half_life`` in windows. Fewer than ``min_customers`` or ``min_items`` are not factorised."""

    factors: Annotated[int, Within(0, 2_048)] = 32
    regularization: Annotated[float, AboveZero(1_000_000)] = 1.0
    alpha: Annotated[float, Within(0, 1_000_000)] = 10.0
    half_life: Annotated[float, _HALF_LIFE] = 4.0
    iterations: Annotated[int, Within(1, 1_000)] = 10
    min_customers: Annotated[int, Within(0, 1_000_000_000)] = 10
    min_items: Annotated[int, Within(0, 10_000_000)] = 10


@dataclass(frozen=True, slots=True)
class SpectralConfig:
    """The linear autoencoder.

    Attributes
    ----------
    dimensions
        Singular vectors that are kept; 0 leaves it out.
    pivot
        The singular value of this rank is passed by half.
    exponent, floor
        A column is divided by its length, at least ``floor``, to this power.
    iterations
        Power iterations of the randomised decomposition.
    neighbours
        How many are kept per item.
    most_modelled
        Never more items than this, best-sold first: the work grows with its square.
    solved
        A catalogue of at most so many items is solved exactly, and every weight is kept; 0 for none.
    solved_pivot
        The eigenvalue of this rank is the shrinkage of the exact solution.
    """

    dimensions: Annotated[int, Within(0, 2_048)] = 128
    pivot: Annotated[int, Within(1, 2_048)] = 40
    exponent: Annotated[float, Within(0, 4)] = 0.6
    floor: Annotated[float, AboveZero(1_000_000)] = 0.3
    iterations: Annotated[int, Within(0, 100)] = 3
    neighbours: Annotated[int, _NEIGHBOURS] = 40
    most_modelled: Annotated[int, Within(1, 200_000)] = 20_000
    solved: Annotated[int, Within(0, 20_000)] = 500
    solved_pivot: Annotated[int, Within(1, 20_000)] = 10


@dataclass(frozen=True, slots=True)
class ContentConfig:
    """Likeness of names and categories: words kept at most, neighbours per item, least cosine."""

    words: Annotated[int, _ITEMS] = 20_000
    neighbours: Annotated[int, _NEIGHBOURS] = 40
    least: Annotated[float, Within(0, 1)] = 0.15
    most_modelled: Annotated[int, _ITEMS] = 50_000


@dataclass(frozen=True, slots=True)
class ReplenishmentConfig:
    """Buying again.

    Attributes
    ----------
    windows
        How many windows before a time teach the hazard and the item rates of that time.
    lessons
        How many past windows teach regression and trees, besides the one a year ago.
    judges
        How many of them, the latest, judge what the older ones taught.
    gap_prior
        How many of a customer's own gaps the item's gap is worth.
    most_pairs
        Rows of each lesson are thinned, by whole customers, to about this many; those of the trees, of all lessons, to as many.
    kept
        Share of the rows without a repeat that teach the regression, weighed up again.
    most_regressed
        Rows of the regression are thinned to this many.
    hinges
        Knots of the piecewise linear term of each feature.
    trees, leaves, learning_rate
        Of the boosted trees.
    tastes
        Dimensions of what customers with the same habits buy; 0 leaves it out.
    min_repeats
        Fewer repeats in the windows that teach leave the regression out.
    """

    windows: Annotated[int, _WINDOWS] = 2
    lessons: Annotated[int, _WINDOWS] = 3
    judges: Annotated[int, _WINDOWS] = 2
    gap_prior: Annotated[float, AboveZero(1_000_000)] = 2.0
    most_pairs: Annotated[int, _SOME] = 400_000
    kept: Annotated[float, _SHARE] = 0.3
    most_regressed: Annotated[int, _SOME] = 150_000
    hinges: Annotated[int, Within(1, 100)] = 3
    trees: Annotated[int, _TREES] = 200
    leaves: Annotated[int, _LEAVES] = 16
    learning_rate: Annotated[float, _SHARE] = 0.06
    tastes: Annotated[int, Within(0, 2_048)] = 32
    min_repeats: Annotated[int, _SOME] = 50

    def thrifty(self) -> "ReplenishmentConfig":
        """Return the same with fewer rows, and fewer trees that learn faster: about a quarter of the time."""
        return replace(
            self,
            most_pairs=min(self.most_pairs, 100_000),
            most_regressed=min(self.most_regressed, 60_000),
            trees=min(self.trees, 80),
            learning_rate=max(self.learning_rate, 0.12),
        )


@dataclass(frozen=True, slots=True)
class OwnershipConfig:
    """Which items are owned once.

    Attributes
    ----------
    threshold
        ``None``: an item is bought once when buyers who come back buy it again less often than customers who come back take up
        an offer of something new, as measured on the last judging window. A number instead: when its buyers, once
        they come back, buy it again with a lower posterior probability than this.
    """

    threshold: Annotated[float, Within(0, 1)] | None = None


@dataclass(frozen=True, slots=True)
class TreesConfig:
    """Boosted trees.

    Attributes
    ----------
    trees, leaves, learning_rate
        How many, how large (at most 32 leaves), and how much each one moves the score.
    min_rows
        Rows of a leaf, at least; fewer where there are few rows.
    feature_fraction, row_fraction
        Share of the columns, and of the rows, that each tree sees.
    l2
        Shrinks the leaves.
    bins
        Values that a column is rounded to while splits are searched.
    truncation
        Ranks that LambdaMART looks at.
    threads
        Of LightGBM. Results may depend on it, so it is a setting and not the machine's; on a busy machine more than one
        wait for each other most of the time.
    """

    trees: Annotated[int, _TREES] = 60
    leaves: Annotated[int, _LEAVES] = 16
    learning_rate: Annotated[float, _SHARE] = 0.12
    min_rows: Annotated[int, _SOME] = 200
    feature_fraction: Annotated[float, _SHARE] = 0.5
    row_fraction: Annotated[float, _SHARE] = 0.7
    l2: Annotated[float, Within(0, 1_000_000_000)] = 20.0
    bins: Annotated[int, Within(2, 65_535)] = 127
    truncation: Annotated[int, Within(1, 10_000)] = 20
    threads: Annotated[int, Within(1, 1_024)] = 1


@dataclass(frozen=True, slots=True)
class RankerConfig:
    """The second stage.

    Attributes
    ----------
    windows
        How many past windows teach the ranker of the earliest window that judges, the latest ones before it; later rankers
        are taught by all of these, and by the windows between. 0 leaves the ranker out.
    overlap
        Where the history holds fewer windows than would teach and judge, those that teach overlap: two begin in the time
        of one window, or four, but never more than this. 1 for none.
    year_ago
        Whether the window that began a year ago teaches too, where there is one.
    most_customers
        At most this many buyers of each window teach.
    most_rows
        Candidates that were not bought are thinned to about this many, but never below a quarter of them.
    depth
        How many items each source proposes.
    min_positives
        Fewer bought candidates teach nothing.
    errors
        Twice as many standard errors of the paired difference is what promotions must lead a ranker without them by, another mix
        of the three models their mean, and what a ranker may be behind the blend by, on all windows and in each.
    seeds
        So many times each of the two tree models is learned, each time by another seed; the mean ranks, as trees learn by chance. Each one
        costs every decision a walk. Where a budget is short, one.
    trees
        Of both tree models.
    """

    windows: Annotated[int, Within(0, 100)] = 3
    overlap: Annotated[int, Within(1, 64)] = 4
    year_ago: bool = True
    most_customers: Annotated[int, _SOME] = 2500
    most_rows: Annotated[int, _SOME] = 150_000
    depth: Annotated[int, Within(2, 1_000)] = 40
    min_positives: Annotated[int, _SOME] = 100
    errors: Annotated[float, Within(0, 1_000)] = 1.0
    seeds: Annotated[int, _WINDOWS] = 2
    trees: TreesConfig = field(default_factory=TreesConfig)


@dataclass(frozen=True, slots=True)
class BlendConfig:
    """Choosing weights over sources.

    Attributes
    ----------
    windows
        How many validation windows judge, at least one.
    most_customers
        At most this many customers of each window judge.
    steps
        How many sources may be added to the best one.
    min_gain
        NDCG@10 that an added source must bring, relative to the best so far.
    """

    windows: Annotated[int, _WINDOWS] = 2
    most_customers: Annotated[int, _SOME] = 1000
    steps: Annotated[int, Within(0, 100)] = 4
    min_gain: Annotated[float, Within(0, 1)] = 0.005


@dataclass(frozen=True, slots=True)
class FitConfig:
    """One training run.

    Attributes
    ----------
    seed
        Of everything random.
    budget_seconds
        About how long the run may take; ``None`` for no limit. What is left out is decided from the size of the
        data, never by the clock, so that a run repeats byte for byte.
    window_days
        The window that probabilities speak about, and by which models are judged.
    """

    seed: Annotated[int, Within(0, 2**32 - 1)] = 20_250_101
    budget_seconds: Annotated[float, AboveZero(1_000_000_000)] | None = None
    window_days: Annotated[float, Within(0.01, 3_660)] = 28.0
    popularity: PopularityConfig = field(default_factory=PopularityConfig)
    newcomers: NewcomerConfig = field(default_factory=NewcomerConfig)
    item_item: ItemItemConfig = field(default_factory=ItemItemConfig)
    als: AlsConfig = field(default_factory=AlsConfig)
    spectral: SpectralConfig = field(default_factory=SpectralConfig)
    content: ContentConfig = field(default_factory=ContentConfig)
    replenishment: ReplenishmentConfig = field(default_factory=ReplenishmentConfig)
    ownership: OwnershipConfig = field(default_factory=OwnershipConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)
    blend: BlendConfig = field(default_factory=BlendConfig)

    def without_als(self) -> "FitConfig":
        """Return the same run without a factorisation."""
        return replace(self, als=replace(self.als, factors=0))


def refuse_unusable(config: FitConfig) -> None:
    """Raise when a field is outside its range, or names a row that is not there.

    Raises
    ------
    InvalidRequestError
        With the field, its range and what it holds.
    """
    refuse_misfits(config)
    rows = len(config.popularity.horizons)
    if config.popularity.lift_row >= rows:
        raise InvalidRequestError(
            "popularity.lift_row of the configuration names no horizon",
            expected=f"0 to {rows - 1}, as popularity.horizons holds {rows}",
            found=str(config.popularity.lift_row),
            remedy="count the horizons from 0",
        )
