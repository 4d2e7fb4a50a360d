"""Which items are bought once: the repeat rate of each, among buyers who came back."""

import numpy as np

from recommender.data.holdings import Holdings
from recommender.fitting.config import OwnershipConfig
from recommender.models import LearnedOwnership
from recommender.types import Float64Array, Int64Array

_UNJUDGED = 0.1
"""Without any window to judge by: one in ten, because an eleventh reminder that annoys ten people sells one item."""


def fit_ownership(
    holdings: Holdings, customer_last_s: Int64Array, config: OwnershipConfig
) -> LearnedOwnership:
    """Return the posterior repeat rate of every item.

    A buyer came back when they ordered anything after their first purchase of the item; they repeated when they
    bought the item in two orders or more. Repeats are binomial with a Beta prior that is fitted to all items by the
    method of moments, so an item with three buyers is judged by its shop, and one with three thousand by itself.

    Parameters
    ----------
    holdings
        Who bought what; guests do not come back.
    customer_last_s
        Last order of each customer, seconds since 1970.
    config
        The threshold; without one, and as long as no window told how good offers are, it is one in ten.
    """
    pairs = int(holdings.indptr[holdings.n_customers])
    row = holdings.row_of_pair()[:pairs]
    item = holdings.item[:pairs]
    back = customer_last_s[row] > holdings.first_s[:pairs]
    again = back & (holdings.orders[:pairs] >= 2)
    chances = np.bincount(item[back], minlength=holdings.n_items).astype(np.float64)
    repeats = np.bincount(item[again], minlength=holdings.n_items).astype(np.float64)
    alpha, beta = beta_prior(repeats, chances)
    rate = (repeats + alpha) / (chances + alpha + beta)
    threshold = _UNJUDGED if config.threshold is None else config.threshold
    return LearnedOwnership(rate.astype(np.float32), rate < threshold)


def owned_once(
    learned: LearnedOwnership, offer_rate: float | None, config: OwnershipConfig
) -> LearnedOwnership:
    """Return the items that are bought once, now that it is known how often offers of something new are taken up.

    A reminder takes the place of an offer. Where buyers who came back bought an item again, ever, less often than customers
    who came back took up, within one window, what they did not have and would have been offered, it is a thing that one has.

    Parameters
    ----------
    learned
        As :func:`fit_ownership` has it; it stays where the threshold is a number, or the rate is unknown.
    offer_rate
        Share of offers that was taken up within a window, 0..1; ``None`` where no window was judged.
    config
        The threshold.
    """
    if config.threshold is not None or offer_rate is None:
        return learned
    return LearnedOwnership(learned.repeat_rate, learned.repeat_rate < offer_rate)


def beta_prior(successes: Float64Array, trials: Float64Array) -> tuple[float, float]:
    """Return a Beta prior of binomial rates by moments, from groups with at least two trials.

    The mean is the pooled rate, the variance what is left of the weighted variance of the rates after the binomial
    part; the prior is worth between 1 and 1,000 trials. Without any trial it is Beta(1/2, 1/2) tilted to rare.

    Examples
    --------
    >>> alpha, beta = beta_prior(np.array([0.0, 100.0]), np.array([100.0, 100.0]))
    >>> round(alpha / (alpha + beta), 2), round(alpha + beta, 2)
    (0.5, 1.0)
    """
    used = trials >= 2
    if not used.any():
        return 0.05, 0.95
    done, of = successes[used], trials[used]
    total = of.sum()
    mean = min(max(float(done.sum() / total), 1e-4), 1 - 1e-4)
    spread = float((of * (done / of - mean) ** 2).sum() / total)
    noise = float(len(of) / total) * mean * (1 - mean)
    between = max(spread - noise, 1e-9)
    strength = min(max(mean * (1 - mean) / between - 1.0, 1.0), 1000.0)
    return mean * strength, (1 - mean) * strength
