"""A validation window boiled down to what can matter: each source's best items for a sample of customers."""

from dataclasses import dataclass

import numpy as np

from recommender.data import Histories, History
from recommender.evaluation.outcomes import Outcomes
from recommender.evaluation.ranking import top_k
from recommender.evaluation.window import has_source
from recommender.models import FittedModels, Source
from recommender.models.source_kernels import mix_in, raw_source
from recommender.types import BoolArray, Float32Array, Int64Array

DEPTH = 60
"""How many items of each variant of a source become candidates."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to use a source: lifted by recent popularity or not; for popularity, which horizon."""

    source: Source
    lifted: bool = False
    horizon: int = -1

    @property
    def name(self) -> str:
        """Return a short name for logs."""
        horizon = f"[{self.horizon}]" if self.source is Source.POPULARITY else ""
        return f"{self.source.name.lower()}{horizon}{'*lift' if self.lifted else ''}"


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """Scores of candidates by every variant, over each customer's best.

    Attributes
    ----------
    variants
        One per row of ``values``.
    rows
        The customers, ``int64 [customers]``.
    indptr
        Candidates of each customer, ``int64 [customers + 1]``.
    values
        ``float32 [variants, candidates]``.
    is_positive
        Whether the customer bought the candidate in the window, ``bool [candidates]``.
    positives
        How many items each customer discovered, candidates or not, ``int64 [customers]``.
    """

    variants: tuple[Variant, ...]
    rows: Int64Array
    indptr: Int64Array
    values: Float32Array
    is_positive: BoolArray
    positives: Int64Array


def variants_of(models: FittedModels) -> tuple[Variant, ...]:
    """Return every variant that the models can score."""
    horizons = range(len(models.popularity.horizons_days))
    popularity = [Variant(Source.POPULARITY, horizon=horizon) for horizon in horizons]
    others = [source for source in Source if source is not Source.POPULARITY and has_source(models, source)]
    return (*popularity, *(Variant(source, lifted) for source in others for lifted in (False, True)))


def candidate_set(
    models: FittedModels, histories: Histories, outcomes: Outcomes, rows: Int64Array, now_s: int
) -> CandidateSet:
    """Score the given customers by every variant and keep the union of the best items of each."""
    variants = variants_of(models)
    bound = _modelled_bound(models)
    scores = np.empty((len(variants), bound), np.float32)
    sizes, values, hits, positives = [0], [], [], []
    for row in rows.tolist():
        history = histories.history(row)
        owned = history.item[history.item < bound]
        _fill(scores, models, variants, history, now_s)
        items = np.unique(np.concatenate([top_k(score, owned, DEPTH) for score in scores]))
        items = items[items >= 0]
        bought = outcomes.discoveries(row)
        sizes.append(len(items))
        values.append(scores[:, items])
        hits.append(np.isin(items, bought))
        positives.append(len(bought))
    return CandidateSet(
        variants,
        rows,
        np.cumsum(sizes, dtype=np.int64),
        np.concatenate(values, axis=1) if values else np.empty((len(variants), 0), np.float32),
        np.concatenate(hits) if hits else np.empty(0, np.bool_),
        np.array(positives, np.int64),
    )


def _fill(
    scores: Float32Array, models: FittedModels, variants: tuple[Variant, ...], history: History, now_s: int
) -> None:
    """Write the scores of one customer by every variant; a lifted variant follows its plain one."""
    bound = scores.shape[1]
    owned = history.item[history.item < bound]
    lift = models.popularity.lift[:bound]
    scores.fill(0.0)
    raw = np.empty(len(models.items), np.float32)
    for row, variant in enumerate(variants):
        if variant.source is Source.POPULARITY:
            plain = models.popularity.score[variant.horizon, :bound].copy()
        else:
            if not variant.lifted:
                raw_source(int(variant.source), history.item, history.last_s, models.offer_tables, now_s, raw)
            plain = raw[:bound].copy()
        mix_in(plain, lift, variant.lifted, owned, 1.0, scores[row])


def _modelled_bound(models: FittedModels) -> int:
    """Return how many of the first items can be candidates: those that any source but popularity knows, or a few."""
    sparse = (models.item_item, models.lately, models.newly, models.spectral, models.content)
    known = [int(model.neighbour.max(initial=-1)) + 1 for model in sparse if model is not None]
    factors = 0 if models.als is None else len(models.als.item_factors)
    return min(max(*known, factors, 10 * DEPTH), len(models.items))
