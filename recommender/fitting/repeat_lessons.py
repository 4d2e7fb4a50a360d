"""What past windows teach about buying again: features as they were known at a cut, and what followed it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.data import Histories, Purchases
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.ownership import beta_prior
from recommender.fitting.repeat_items import item_gaps, item_paces, item_table
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
from recommender.models.repeat_tables import RATE
from recommender.models.scoring import repeat_input
from recommender.types import SECONDS_PER_DAY, BoolArray, Float32Array, Float64Array, Int32Array, Int64Array

_CELL_PRIOR = 20.0


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


@dataclass(frozen=True, slots=True)
class RepeatShop:
    """Purchases to learn from, and how.

    Attributes
    ----------
    category
        Code of each item's category, ``int32 [n]``, negative for none; ``None`` where nothing is known.
    """

    purchases: Purchases
    config: ReplenishmentConfig
    window_days: float
    category: Int32Array | None = None

    @property
    def window_s(self) -> int:
        """The window in seconds."""
        return int(self.window_days * SECONDS_PER_DAY)

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


def study(shop: RepeatShop, now_s: int, seed: int) -> tuple[dict[int, Lesson], dict[int, RepeatCounts]]:
    """Return lessons and counts, by how many windows before ``now_s`` they begin.

    A lesson sees tables that end where its own window begins, as the served model does. One history at a time is held.
    Windows in which no customer bought anything (the shop was closed) say nothing about habits and are passed over.
    """
    config, first_s = shop.config, int(shop.purchases.at_s.min(initial=now_s))
    opened = _open_windows(shop, now_s)
    teach = {*opened[: config.lessons], round(YEAR_S / shop.window_s)}
    needed = {back + before for back in teach for before in range(config.windows + 1)} & set(opened)
    counts: dict[int, RepeatCounts] = {}
    lessons: dict[int, Lesson] = {}
    for back in sorted(needed, reverse=True):
        cut_s = now_s - back * shop.window_s
        if cut_s <= first_s:
            continue
        window = repeat_window(shop.purchases, cut_s, shop.window_s)
        gaps = item_gaps(window.histories, config.gap_prior)
        counts[back] = repeat_counts(window, gaps, config.gap_prior)
        before = [counts[back + more] for more in range(1, config.windows + 1) if back + more in counts]
        if back in teach and (before or back == opened[0]):
            tables = shop.model(window.known, window.histories, cut_s)
            lessons[back] = _lesson(with_counts(tables, before or [counts[back]]), window, config, seed)
    return lessons, counts


def _open_windows(shop: RepeatShop, now_s: int) -> list[int]:
    """Return the windows in which a customer bought something, by how many of them before a time each begins."""
    age = now_s - shop.purchases.at_s[shop.purchases.customer >= 0]
    opened: list[int] = np.unique(-(-age[age > 0] // shop.window_s)).tolist()
    return opened


def with_counts(model: ReplenishmentModel, windows: Sequence[RepeatCounts]) -> ReplenishmentModel:
    """Return the model with the hazard and the repurchase rates of some windows, at least one."""
    total = added(windows)
    overall = total.repeated.sum() / max(total.seen.sum(), 1.0)
    hazard = (total.repeated + _CELL_PRIOR * overall) / (total.seen + _CELL_PRIOR)
    alpha, beta = beta_prior(total.again, total.held)
    item = model.item.copy()
    item[:, RATE] = _log_odds((total.again + alpha) / (total.held + alpha + beta))
    return replace(model, hazard=_log_odds(hazard), item=item)


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
