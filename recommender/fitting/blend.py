"""Choosing the blend on validation windows: greedy, from the best single source, as long as it pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.evaluation import ndcg_at_k
from recommender.fitting.candidates import CandidateSet, Variant
from recommender.fitting.config import BlendConfig
from recommender.fitting.ranks import hits_at_k
from recommender.models import Source
from recommender.types import BoolArray, Float32Array, Float64Array

_STEPS = (0.125, 0.25, 0.5, 1.0, 2.0)
_K = 10
POPULARITY_FLOOR = 1e-3
"""Popularity always has this much to say, so that no two items tie where nothing else speaks."""


@dataclass(frozen=True, slots=True)
class ChosenBlend:
    """What validation chose: weights over variants, the best single one, and the mean NDCG@10 of the blend and of each."""

    weights: Mapping[Variant, float]
    best_source: Variant
    ndcg: float
    ndcg_of: Mapping[str, float]

    def by_source(self) -> tuple[Float32Array, BoolArray, int]:
        """Return ``(weights, lifted, horizon)`` as a :class:`recommender.models.Blend` holds them."""
        weights = np.zeros(len(Source), np.float32)
        lifted = np.zeros(len(Source), np.bool_)
        horizon = 0
        for variant, weight in self.weights.items():
            weights[variant.source] = weight
            lifted[variant.source] = variant.lifted
            horizon = variant.horizon if variant.source is Source.POPULARITY else horizon
        weights[Source.POPULARITY] = max(weights[Source.POPULARITY], POPULARITY_FLOOR * weights.sum())
        return weights / weights.sum(), lifted, horizon


def choose_blend(windows: Sequence[CandidateSet], config: BlendConfig) -> ChosenBlend | None:
    """Return the weights with the best mean NDCG@10 over the windows, or ``None`` without anybody to judge by.

    Starting from the best single variant, the variant and weight that gain most are added, one variant per source,
    until a step gains less than ``config.min_gain`` of the score so far.
    """
    windows = [window for window in windows if len(window.positives)]
    variants = _shared(windows)
    if not variants:
        return None
    singles = {variant: _mean_ndcg(windows, {variant: 1.0}) for variant in variants}
    best = max(variants, key=lambda variant: singles[variant])
    weights, reached = {best: 1.0}, singles[best]
    for _ in range(config.steps):
        options = [
            {**weights, variant: step}
            for variant in variants
            if variant.source not in {chosen.source for chosen in weights}
            for step in _STEPS
        ]
        scores = [_mean_ndcg(windows, option) for option in options]
        if not scores or max(scores) < reached * (1 + config.min_gain):
            break
        reached = max(scores)
        weights = options[scores.index(reached)]
    return ChosenBlend(weights, best, reached, {variant.name: score for variant, score in singles.items()})


def rival_blends(
    windows: Sequence[CandidateSet], blend: ChosenBlend, config: BlendConfig
) -> list[ChosenBlend]:
    """Return for each window the blend that the other windows choose: what a ranker that has not seen it must lead.

    The blend of all windows was fitted to each of them and would flatter itself there. Where there are not two others, it is
    the rival all the same: a blend that a single window chose is too easy to lead.
    """
    others = [[other for other in windows if other is not window] for window in windows]
    return [(choose_blend(rest, config) if len(rest) > 1 else None) or blend for rest in others]


def _shared(windows: Sequence[CandidateSet]) -> tuple[Variant, ...]:
    if not windows:
        return ()
    common = set.intersection(*(set(window.variants) for window in windows))
    return tuple(variant for variant in windows[0].variants if variant in common)


def _mean_ndcg(windows: Sequence[CandidateSet], weights: Mapping[Variant, float]) -> float:
    return float(np.mean([np.nanmean(ndcg_of(window, weights)) for window in windows]))


def ndcg_of(window: CandidateSet, weights: Mapping[Variant, float]) -> Float64Array:
    """Return NDCG@10 of a blend for each customer of a window."""
    score = np.zeros(window.values.shape[1], np.float32)
    for variant, weight in weights.items():
        score += np.float32(weight) * window.values[window.variants.index(variant)]
    hits = hits_at_k(score, window.indptr, window.is_positive, _K)
    return ndcg_at_k(hits, window.positives)
