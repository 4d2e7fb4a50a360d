"""What can be chosen about a training run; every default is relative to the window or to the data."""

import math
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class PopularityConfig:
    """Half-lives in windows, ascending. ``lift_row`` is the one that lifts other sources."""

    horizons: tuple[float, ...] = (1 / 14, 1 / 4, 1.0, 4.0, math.inf)
    lift_row: int = 1


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

    half_life: float = 2.0
    prior: float = 100.0
    least: int = 30


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

    neighbours: int = 40
    half_life: float = 1.0
    lately: float = 1.0
    newly: float = 0.25
    min_buyers: int = 5
    always_modelled: int = 1000
    most_modelled: int = 200_000


@dataclass(frozen=True, slots=True)
class AlsConfig:
    """Implicit ALS; ``half_life`` in windows. Fewer than ``min_customers`` or ``min_items`` are not factorised."""

    factors: int = 32
    regularization: float = 1.0
    alpha: float = 10.0
    half_life: float = 4.0
    iterations: int = 10
    min_customers: int = 10
    min_items: int = 10


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

    dimensions: int = 128
    pivot: int = 40
    exponent: float = 0.6
    floor: float = 0.3
    iterations: int = 3
    neighbours: int = 40
    most_modelled: int = 20_000
    solved: int = 500
    solved_pivot: int = 10


@dataclass(frozen=True, slots=True)
class ContentConfig:
    """Likeness of names and categories: words kept at most, neighbours per item, least cosine."""

    words: int = 20_000
    neighbours: int = 40
    least: float = 0.15
    most_modelled: int = 50_000


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

    windows: int = 2
    lessons: int = 3
    judges: int = 2
    gap_prior: float = 2.0
    most_pairs: int = 400_000
    kept: float = 0.3
    most_regressed: int = 150_000
    hinges: int = 3
    trees: int = 200
    leaves: int = 16
    learning_rate: float = 0.06
    tastes: int = 32
    min_repeats: int = 50

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

    threshold: float | None = None


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

    trees: int = 60
    leaves: int = 16
    learning_rate: float = 0.12
    min_rows: int = 200
    feature_fraction: float = 0.5
    row_fraction: float = 0.7
    l2: float = 20.0
    bins: int = 127
    truncation: int = 20
    threads: int = 1


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

    windows: int = 3
    overlap: int = 4
    year_ago: bool = True
    most_customers: int = 2500
    most_rows: int = 150_000
    depth: int = 40
    min_positives: int = 100
    errors: float = 1.0
    seeds: int = 2
    trees: TreesConfig = field(default_factory=TreesConfig)

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise ValueError(f"ranker.seeds is at least one seed, not {self.seeds}")


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

    windows: int = 2
    most_customers: int = 1000
    steps: int = 4
    min_gain: float = 0.005


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

    seed: int = 20_250_101
    budget_seconds: float | None = None
    window_days: float = 28.0
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
