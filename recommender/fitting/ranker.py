"""The second stage: trees and a linear model on past windows, and the guard that decides whether they are shipped."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from recommender.fitting.config import RankerConfig
from recommender.fitting.label_windows import LabelWindow, Lessons, lessons_of
from recommender.fitting.trees import fit_trees, mean_of
from recommender.models import Ranker
from recommender.models.item_facts import RELATIVE
from recommender.models.ranker import PROPOSERS
from recommender.models.ranking_kernels import standardised_scores
from recommender.types import Float32Array, Float64Array, Int64Array

_MOST_LINEAR_ROWS = 60_000
_CLEARLY = 2.0
"""So many times ``config.errors`` are no luck: a lead that changes what is served is larger, and so is a loss that matters."""

MIXES: Mapping[str, tuple[float, float, float]] = {
    "mean": (1.0, 1.0, 1.0),
    "pairwise": (1.0, 0.0, 0.0),
    "binary": (0.0, 1.0, 0.0),
    "linear": (0.0, 0.0, 1.0),
    "pairwise_linear": (1.0, 0.0, 1.0),
}
"""Weights of pairwise trees, binary trees and linear model that the guard chooses from."""


class Rivals(NamedTuple):
    """NDCG@10 of each judged customer by what a ranker must lead: the blend, and the best source alone."""

    blend: Float64Array
    source: Float64Array


@dataclass(frozen=True, slots=True)
class Trial:
    """One ranker on one validation window: NDCG@10 of each judged customer, by mix and of its rivals."""

    of_mix: Mapping[str, Float64Array]
    rivals: Rivals


def proposer_of(config: RankerConfig, kinds: tuple[str, ...] = ()) -> Ranker:
    """Return a ranker that proposes candidates and orders nothing; it sees promotions of these kinds."""
    depth = dict.fromkeys(PROPOSERS, 0)
    for name in ("together", "lately", "newly", "spectral_lifted", "content_lifted"):
        depth[name] = config.depth
    for name in RELATIVE:
        depth[name] = config.depth // 2
    return replace(
        Ranker.absent(), depth=np.array([depth[name] for name in PROPOSERS], np.int32), kinds=kinds
    )


def fit_ranker(
    windows: Sequence[LabelWindow], config: RankerConfig, seed: int, kinds: tuple[str, ...] = ()
) -> Ranker | None:
    """Return the mean of three rankers, or ``None`` when the windows teach too little.

    Parameters
    ----------
    windows
        Past windows, each with the sources of its own time.
    config, seed
        Settings.
    kinds
        Of promotions that are features; the windows have columns of these, or they are left out.
    """
    windows = [window.with_promotions(len(kinds)) for window in windows]
    lessons = lessons_of(windows, config.most_rows, seed)
    if lessons.bought.sum() < config.min_positives or lessons.bought.all():
        return None
    x, bought, trees = lessons.x, lessons.bought, config.trees
    seeds = range(seed, seed + 2 * config.seeds, 2)
    with ThreadPoolExecutor(max_workers=2) as pool:  # compiled loops without the interpreter's lock
        pairwise = [pool.submit(fit_trees, x, bought, trees, one, groups=lessons.groups) for one in seeds]
        binary = [pool.submit(fit_trees, x, bought, trees, one + 1) for one in seeds]
        return replace(
            proposer_of(config, kinds),
            weights=np.array(MIXES["mean"], np.float32),
            linear=_fit_linear(lessons, seed),
            pairwise=mean_of([one.result() for one in pairwise]),
            binary=mean_of([one.result() for one in binary]),
        )


def _fit_linear(lessons: Lessons, seed: int) -> Float32Array:
    """Fit a logistic regression, L2 on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = np.random.default_rng(seed).permutation(len(lessons.x))[:_MOST_LINEAR_ROWS]
    x, bought = lessons.x[np.sort(rows)].astype(np.float64), lessons.bought[np.sort(rows)]
    if bought.all() or not bought.any():
        return np.zeros(1 + x.shape[1], np.float32)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 1e-6, spread, np.inf)
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=0.1, max_iter=60, tol=1e-3).fit((x - mean) / spread, bought)
    slopes = fitted.coef_[0] / spread
    return np.concatenate((fitted.intercept_ - slopes @ mean, slopes)).astype(np.float32)


def trial_of(ranker: Ranker, window: LabelWindow, judges: Int64Array, rivals: Rivals) -> Trial:
    """Judge every mix of a ranker on a window that it did not learn from.

    Parameters
    ----------
    ranker, window
        The ranker may have seen earlier windows only.
    judges
        Customers who judge, in ascending order.
    rivals
        NDCG@10 of blend and best source for the same customers.
    """
    window = window.with_promotions(len(ranker.kinds))
    parts = standardised_scores(window.x, window.indptr, ranker.tables)
    of_mix = {
        name: window.ndcg_of((np.array(mix, np.float32) @ parts).astype(np.float32), judges)
        for name, mix in MIXES.items()
    }
    return Trial(of_mix, rivals)


def promotions_help(without: Sequence[Trial], seen: Sequence[Trial], config: RankerConfig) -> bool:
    """Return whether rankers that see promotions lead those that do not, on the mean of several windows.

    By twice ``config.errors`` standard errors of the paired difference, because plans that tell nothing lead by one in two
    shops of six; and without falling behind by one in any of them: a campaign that helped once may have been a coincidence of
    one month.
    """
    if len(without) < 2 or len(without) != len(seen):
        return False
    lead = [after.of_mix["mean"] - before.of_mix["mean"] for before, after in zip(without, seen, strict=True)]
    behind = any(_mean([part]) < -config.errors * _error([part]) for part in lead)
    return _mean(lead) > _CLEARLY * config.errors * _error(lead) and not behind


def choose_mix(trials: Sequence[Trial], config: RankerConfig) -> str | None:
    """Return the mix with the best mean over the windows, or ``None`` where it loses to the best source or the blend.

    The mean of three is kept unless another leads it by twice ``config.errors`` standard errors: of four that are as good, one
    leads by one often enough. To be shipped, a ranker must lead the best source
    alone on the mean of the windows, and may not fall behind the blend by twice ``config.errors`` standard errors of the
    paired difference, neither on the mean nor in any single window: by once, two in five rankers would that are as good as
    the blend. It need not lead the blend, because the ranker that is shipped has a window more to learn from than those that
    were judged, in a young shop twice as many: in nearly every shop that was seen to withhold one it would have been the better choice.
    """
    if not trials:
        return None
    best = "mean"
    for name in MIXES:
        lead = [trial.of_mix[name] - trial.of_mix[best] for trial in trials]
        if _mean(lead) > _CLEARLY * config.errors * _error(lead):
            best = name
    lead = [trial.of_mix[best] - trial.rivals.blend for trial in trials]
    over_source = [trial.of_mix[best] - trial.rivals.source for trial in trials]
    behind = any(_mean([part]) < -_CLEARLY * config.errors * _error([part]) for part in lead)
    close = np.isfinite(_error(lead)) and _mean(lead) > -_CLEARLY * config.errors * _error(lead)
    return best if close and _mean(over_source) > 0 and not behind else None


def _mean(parts: Sequence[Float64Array]) -> float:
    return float(np.mean([np.nanmean(part) for part in parts]))


def _error(parts: Sequence[Float64Array]) -> float:
    """Return the standard error of the mean over windows of the mean over customers; infinite for fewer than two."""
    if any(np.count_nonzero(~np.isnan(part)) < 2 for part in parts):
        return float("inf")
    variances = [np.nanvar(part, ddof=1) / np.count_nonzero(~np.isnan(part)) for part in parts]
    return float(np.sqrt(np.sum(variances))) / len(parts)
