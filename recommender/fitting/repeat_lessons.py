"""What past windows teach about buying again: features as they were known at a cut, and what followed it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from recommender.data import Histories, Purchases
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.ownership import beta_prior
from recommender.fitting.repeat_items import gamma_shape, item_gaps, item_paces, item_table
from recommender.fitting.repeat_taste import fit_taste
from recommender.fitting.repeat_windows import (
    RepeatCounts,
    RepeatWindow,
    added,
    repeat_counts,
    repeat_window,
)
from recommender.models import ReplenishmentModel
from recommender.models.repeat_facts import YEAR_S
from recommender.models.repeat_features import N_FEATURES, repeat_features
from recommender.models.repeat_tables import ITSELF, LIFT, LIFTS, PULL, RATE
from recommender.models.scoring import repeat_input
from recommender.models.trees import FlatTrees
from recommender.types import (
    SECONDS_PER_DAY,
    BoolArray,
    Float32Array,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt32Array,
)

_CELL_PRIOR = 20.0

Categories: TypeAlias = Callable[[UInt32Array], Int32Array]
"""Returns the category of each item number, negative where it has none."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one window teaches.

    Attributes
    ----------
    indptr
        Where the rows of each customer begin, ``int64 [customers + 1]``; whole customers only.
    features
        ``float32 [rows, features]``, known at the begin of the window.
    again
        Whether the item was bought again in the window.
    """

    indptr: Int64Array
    features: Float32Array
    again: BoolArray

    def of_buyers(self) -> BoolArray:
        """Return which rows are of customers who bought anything again in the window."""
        sizes = np.diff(self.indptr)
        customer = np.repeat(np.arange(len(sizes)), sizes)
        bought: BoolArray = np.bincount(customer, self.again, minlength=len(sizes)) > 0
        return bought[customer]


class Learned(NamedTuple):
    """A regression and trees, from one set of lessons, and the level of what trees do not look at (empty: as it is)."""

    hinges: Float32Array
    coefficients: Float32Array
    trees: FlatTrees
    rest: Float32Array = np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class RepeatMemory:
    """What was learned of past windows, by the time at which they begin: the same for every later cut-off.

    Valid for one shop, one configuration and one seed. ``learned`` is keyed by the windows that taught.
    """

    lessons: dict[int, Lesson] = field(default_factory=dict)
    counts: dict[int, RepeatCounts] = field(default_factory=dict)
    learned: dict[tuple[int, ...], Learned] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepeatShop:
    """Purchases to learn from, and how.

    Attributes
    ----------
    categories
        Returns the code of the category of each item number, negative for none; ``None`` where nothing is known.
    """

    purchases: Purchases
    config: ReplenishmentConfig
    window_days: float
    categories: Categories | None = None

    @property
    def window_s(self) -> int:
        """The window in seconds."""
        return int(self.window_days * SECONDS_PER_DAY)

    def model(self, known: Purchases, histories: Histories, now_s: int, seed: int) -> ReplenishmentModel:
        """Return the tables of a time; what windows before it teach is still missing."""
        category = None if self.categories is None else self.categories(known.items.numbers)
        paces = item_paces(histories, now_s, category)
        item = item_table(known, histories, paces, now_s, self.window_s)
        taste = fit_taste(known, histories, self.config.tastes, seed)
        item[:, PULL], item[:, ITSELF] = taste.pull, taste.itself
        return replace(
            ReplenishmentModel.neutral(len(known.items), window_days=self.window_days),
            gap_days=item_gaps(histories, self.config.gap_prior),
            item=item,
            taste=taste.rows,
            gap_prior=self.config.gap_prior,
            pace_shape=paces.pair_shape,
            customer_shape=paces.customer_shape,
        )


def teaching(opened: Sequence[int], back: int, config: ReplenishmentConfig, window_s: int) -> list[int]:
    """Return the windows that teach what is used ``back`` windows ago: the latest before it, and the one a year before.

    Examples
    --------
    >>> teaching(range(1, 20), 1, ReplenishmentConfig(lessons=2), 28 * SECONDS_PER_DAY)
    [2, 3, 14]
    """
    latest = [each for each in opened if each > back][: config.lessons]
    return sorted({*latest, *({back + round(YEAR_S / window_s)} & set(opened))})


def study(
    shop: RepeatShop, now_s: int, seed: int, memory: RepeatMemory | None = None
) -> tuple[dict[int, Lesson], dict[int, RepeatCounts]]:
    """Return lessons and counts, by how many windows before ``now_s`` they begin: for now, and for the windows that judge.

    A lesson sees tables that end where its own window begins, as the served model does. One history at a time is held.
    Windows in which no customer bought anything (the shop was closed) say nothing about habits and are passed over.
    """
    config, memory = shop.config, RepeatMemory() if memory is None else memory
    opened = open_windows(shop, now_s)
    moments = (0, *opened[: config.judges])
    teach = {each for back in moments for each in teaching(opened, back, config, shop.window_s)}
    needed = {back + before for back in teach for before in range(config.windows + 1)} & set(opened)
    counts: dict[int, RepeatCounts] = {}
    lessons: dict[int, Lesson] = {}
    for back in sorted(needed, reverse=True):
        cut_s = now_s - back * shop.window_s
        if cut_s <= int(shop.purchases.ever_bought.at_s.min(initial=now_s)):
            continue
        before = [counts[back + more] for more in range(1, config.windows + 1) if back + more in counts]
        lesson = back in teach and (bool(before) or back == opened[0])
        if cut_s not in memory.counts or (lesson and cut_s not in memory.lessons):
            window = repeat_window(shop.purchases, cut_s, shop.window_s)
            memory.counts[cut_s] = _counts(window, config)
            if lesson:
                tables = shop.model(window.known, window.histories, cut_s, seed)
                tables = with_counts(tables, before or [memory.counts[cut_s]], window.known.items.numbers)
                memory.lessons[cut_s] = _lesson(tables, window, config, seed)
        counts[back] = memory.counts[cut_s]
        if lesson:
            lessons[back] = memory.lessons[cut_s]
    return lessons, counts


def _counts(window: RepeatWindow, config: ReplenishmentConfig) -> RepeatCounts:
    return repeat_counts(window, item_gaps(window.histories, config.gap_prior), config.gap_prior)


def open_windows(shop: RepeatShop, now_s: int) -> list[int]:
    """Return the windows in which a customer bought something, by how many of them before a time each begins."""
    bought = shop.purchases.ever_bought
    age = now_s - bought.at_s[bought.customer >= 0]
    opened: list[int] = np.unique(-(-age[age > 0] // shop.window_s)).tolist()
    return opened


def with_counts(
    model: ReplenishmentModel, windows: Sequence[RepeatCounts], numbers: UInt32Array
) -> ReplenishmentModel:
    """Return the model, of items with these numbers, with the hazard, rates and lifts of some windows, the last one first."""
    total = added(windows)
    overall = total.repeated.sum() / max(total.seen.sum(), 1.0)
    hazard = (total.repeated + _CELL_PRIOR * overall) / (total.seen + _CELL_PRIOR)
    alpha, beta = beta_prior(total.again, total.held)
    item = model.item.copy()
    again, held = _of_items(numbers, total.again, total.held)
    item[:, RATE] = _log_odds((again + alpha) / (held + alpha + beta))
    item[:, LIFT], item[:, LIFTS] = _lift(windows[0], numbers), _lift(total, numbers)
    return replace(model, hazard=_log_odds(hazard), item=item)


def _lift(counts: RepeatCounts, numbers: UInt32Array) -> Float64Array:
    """Return the log of repeats over expected ones, both with as many more as the spread of all items shows."""
    judged = counts.expected > 0
    shape = gamma_shape(counts.again[judged], counts.expected[judged])
    again, expected = _of_items(numbers, counts.again, counts.expected)
    lift: Float64Array = np.log((again + shape) / (expected + shape))
    return lift


def _of_items(numbers: UInt32Array, *columns: Float64Array) -> tuple[Float64Array, ...]:
    """Return columns by item number as columns of some items, 0 for those unknown then."""
    missing = max(int(numbers.max(initial=0)) + 1 - len(columns[0]), 0)
    return tuple(np.pad(column, (0, missing))[numbers] for column in columns)


def _lesson(
    tables: ReplenishmentModel, window: RepeatWindow, config: ReplenishmentConfig, seed: int
) -> Lesson:
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
    return Lesson(sizes.astype(np.int64), np.concatenate(blocks), np.concatenate(outcomes))


def _log_odds(rate: Float64Array) -> Float32Array:
    clipped = np.clip(rate, 1e-6, 1 - 1e-6)
    odds: Float32Array = np.log(clipped / (1 - clipped)).astype(np.float32)
    return odds
