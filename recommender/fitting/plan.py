"""What a budget buys, decided from the size of the data and never from the clock: a run repeats byte for byte."""

from dataclasses import dataclass, replace

import numpy as np

from recommender.data import Purchases, holdings_of
from recommender.evaluation.window import MOST_JUDGES
from recommender.fitting.config import FitConfig
from recommender.fitting.item_item import modelled_items
from recommender.types import SECONDS_PER_DAY

_SECONDS_PER_LINE = 1e-6
_SECONDS_PER_PRODUCT = 6e-9
_SECONDS_PER_FACTOR_STEP = 1.1e-9
_SECONDS_PER_CUSTOMER = 3e-3
_SECONDS_PER_REPEAT_LINE = 7.5e-6
_SECONDS_PER_EVALUATED = 2e-3
_SECONDS_PER_ROW_AND_TREE = 4e-7
_SECONDS_PER_SPECTRAL_STEP = 1e-9
_SECONDS_PER_PAIR = 1.3e-10
"""Rough costs on two cores of a 2020s server; a budget is kept within a factor of about two elsewhere."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much a run tries.

    Attributes
    ----------
    windows
        Validation windows before the held-out one.
    customers
        Customers who judge in each window.
    als
        Whether to factorise.
    curve
        Whether to draw the learning curve.
    labels
        How many past windows teach the ranker of the earliest window that judges; 0 for no ranker.
    overlap
        How many windows that teach begin in the time of one window, at most, where the history is short; 1 for no overlap.
    year_ago
        Whether the window of a year ago teaches too.
    seeds
        By how many seeds the trees of new items are learned.
    seconds
        Estimated duration.
    """

    windows: int
    customers: int
    als: bool
    curve: bool
    labels: int
    overlap: int
    year_ago: bool
    seeds: int
    seconds: float


def plan_of(purchases: Purchases, config: FitConfig) -> Plan:
    """Return the richest plan whose estimate fits the budget; the poorest when none does.

    Every plan has a window before the held-out one: a blend that was never compared with its own sources is not shipped.
    """
    windows, customers = max(config.blend.windows, 1), config.blend.most_customers
    labels, year, overlap = config.ranker.windows, config.ranker.year_ago, config.ranker.overlap
    seeds = config.ranker.seeds
    options = [
        Plan(windows, customers, True, True, labels, overlap, year, seeds, 0.0),
        Plan(windows, customers, True, False, labels, overlap, year, seeds, 0.0),
        Plan(windows, customers, True, False, min(labels, 2), 1, False, 1, 0.0),
        Plan(1, min(customers, 600), True, False, min(labels, 2), 1, False, 1, 0.0),
        Plan(1, min(customers, 300), True, False, min(labels, 1), 1, False, 1, 0.0),
        Plan(1, min(customers, 300), False, False, min(labels, 1), 1, False, 1, 0.0),
        Plan(1, min(customers, 300), False, False, 0, 1, False, 1, 0.0),
        Plan(1, min(customers, 100), False, False, 0, 1, False, 1, 0.0),
    ]
    sources, factors = _seconds_of_fits(purchases, config)
    judges = min(len(purchases.customers), 2 * MOST_JUDGES)  # of new items, and of repeats
    fixed = len(purchases) * _SECONDS_PER_REPEAT_LINE + judges * _SECONDS_PER_EVALUATED
    for plan in options:
        each = sources + (factors if plan.als else 0.0)
        seconds = _fits(purchases, plan, config) * each + _judging(plan) + _ranking(plan, config) + fixed
        if config.budget_seconds is None or seconds <= config.budget_seconds or plan is options[-1]:
            return replace(plan, seconds=seconds)
    raise AssertionError("unreachable: the last plan always fits")


def steps_per_window(windows: int, wanted: int, most: int) -> int:
    """Return how many windows shall begin in the time of one, so that a short history holds about as many as are wanted.

    A power of two, so that all of them begin on the same day of the week where a window has four weeks.

    Parameters
    ----------
    windows
        How many lie back to back in the history.
    wanted
        How many would be needed to teach and to judge.
    most
        Never more steps than this.

    Examples
    --------
    >>> [steps_per_window(windows, 6, 4) for windows in range(2, 8)]
    [4, 4, 2, 2, 1, 1]
    """
    steps = 1
    while 2 * steps <= most and (windows - 1) * steps + 1 < wanted:
        steps *= 2
    return steps


def _fits(purchases: Purchases, plan: Plan, config: FitConfig) -> float:
    """Return how often all sources are fitted: at the cut-off, for each past window, and for the curve."""
    window_s = config.window_days * SECONDS_PER_DAY
    there = int(np.ptp(purchases.at_s) / window_s) if len(purchases) else 0
    judged = 1 + plan.windows
    wanted = judged + plan.labels + (1 + judged if plan.year_ago else 0)
    steps = steps_per_window(there - 1, judged + plan.labels, plan.overlap)
    if steps > 1:
        there = wanted = max((there - 2) * steps + 1, judged)
    return 1 + min(wanted, max(there, judged)) + (1 if plan.curve else 0)


def _judging(plan: Plan) -> float:
    return plan.customers * (plan.windows + 1) * _SECONDS_PER_CUSTOMER


def _ranking(plan: Plan, config: FitConfig) -> float:
    """Return the seconds of all rankers: one per judging window, twice for those that choose the measured one, and the last."""
    if plan.labels == 0:
        return 0.0
    teaching = plan.labels + (1 + plan.windows) / 2  # more for the last one, fewer for the first
    rows = min(config.ranker.most_rows, config.ranker.most_customers * teaching * 4 * config.ranker.depth)
    trees = plan.seeds * config.ranker.trees.trees
    return (2 + plan.windows) * rows * trees * _SECONDS_PER_ROW_AND_TREE


def _seconds_of_fits(purchases: Purchases, config: FitConfig) -> tuple[float, float]:
    holdings = holdings_of(purchases)
    width = np.diff(holdings.indptr).astype(np.float64)
    factors = config.als.factors
    sources = len(purchases) * _SECONDS_PER_LINE + float(width @ width) * _SECONDS_PER_PRODUCT
    modelled = modelled_items(holdings, config.item_item)
    steps = config.als.iterations * factors * (len(holdings.item) + factors * modelled)
    spectral = config.spectral
    sources += (
        spectral.dimensions * len(holdings.item) * 2 * (spectral.iterations + 1) * _SECONDS_PER_SPECTRAL_STEP
    )
    sources += spectral.dimensions * min(modelled, spectral.most_modelled) ** 2 * _SECONDS_PER_PAIR
    return sources, steps * _SECONDS_PER_FACTOR_STEP
