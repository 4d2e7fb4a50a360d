"""What a budget buys, decided from the size of the data and never from the clock: a run repeats byte for byte."""

from dataclasses import dataclass

import numpy as np

from recommender.data import Purchases, holdings_of
from recommender.fitting.config import FitConfig
from recommender.fitting.item_item import modelled_items

_SECONDS_PER_LINE = 1e-6
_SECONDS_PER_PRODUCT = 7e-9
_SECONDS_PER_FACTOR_STEP = 1.1e-9
_SECONDS_PER_CUSTOMER = 3.5e-3
_SECONDS_PER_REPEAT_LINE = 1.2e-5
_SECONDS_PER_EVALUATED = 2.5e-3
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
    seconds
        Estimated duration.
    """

    windows: int
    customers: int
    als: bool
    curve: bool
    seconds: float


def plan_of(purchases: Purchases, config: FitConfig) -> Plan:
    """Return the richest plan whose estimate fits the budget; the poorest when none does."""
    sources, factors = _seconds_of_fits(purchases, config)
    fixed = len(purchases) * _SECONDS_PER_REPEAT_LINE + len(purchases.customers) * _SECONDS_PER_EVALUATED
    customers = config.blend.most_customers
    options = [
        Plan(windows, judges, als, curve, 0.0)
        for windows, judges, als, curve in (
            (config.blend.windows, customers, True, True),
            (config.blend.windows, customers, True, False),
            (min(config.blend.windows, 1), customers, True, False),
            (min(config.blend.windows, 1), min(customers, 300), True, False),
            (min(config.blend.windows, 1), min(customers, 300), False, False),
            (0, min(customers, 100), False, False),
        )
    ]
    for plan in options:
        fits = 2 + plan.windows + (1 if plan.curve else 0)
        judged = plan.customers * (plan.windows + 1) * _SECONDS_PER_CUSTOMER
        seconds = fits * (sources + (factors if plan.als else 0.0)) + judged + fixed
        if config.budget_seconds is None or seconds <= config.budget_seconds or plan is options[-1]:
            return Plan(plan.windows, plan.customers, plan.als, plan.curve, seconds)
    raise AssertionError("unreachable: the last plan always fits")


def _seconds_of_fits(purchases: Purchases, config: FitConfig) -> tuple[float, float]:
    holdings = holdings_of(purchases)
    width = np.diff(holdings.indptr).astype(np.float64)
    factors = config.als.factors
    sources = len(purchases) * _SECONDS_PER_LINE + float(width @ width) * _SECONDS_PER_PRODUCT
    steps = (
        config.als.iterations
        * factors
        * (len(holdings.item) + factors * modelled_items(holdings, config.item_item))
    )
    return sources, steps * _SECONDS_PER_FACTOR_STEP
