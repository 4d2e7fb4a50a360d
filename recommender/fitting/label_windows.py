"""What a past window teaches the ranker: candidates of a sample of its buyers, and which of them were bought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.data import Histories
from recommender.evaluation.metrics import ndcg_at_k
from recommender.evaluation.outcomes import Outcomes
from recommender.fitting.ranks import hits_at_k
from recommender.models import FittedModels, Ranker
from recommender.models.feature_kernels import FEATURES
from recommender.models.offer_kernels import candidate_features
from recommender.models.scoring import repeat_input
from recommender.types import BoolArray, Float32Array, Float64Array, Int64Array

_K = 10


@dataclass(frozen=True, slots=True)
class LabelWindow:
    """Candidates of some buyers of one window.

    Attributes
    ----------
    rows
        The customers, ``int64 [customers]``.
    indptr
        Candidates of each, ``int64 [customers + 1]``.
    x
        ``float32 [candidates, features]``.
    is_positive
        Whether the candidate was bought in the window.
    positives
        How many items each customer discovered, candidates or not, ``int64 [customers]``.
    """

    rows: Int64Array
    indptr: Int64Array
    x: Float32Array
    is_positive: BoolArray
    positives: Int64Array

    def with_promotions(self, kinds: int) -> "LabelWindow":
        """Return the same with the promotions of so many kinds as features; 0 leaves them out."""
        width = len(FEATURES) + 2 * kinds
        return self if width == self.x.shape[1] else replace(self, x=np.ascontiguousarray(self.x[:, :width]))

    def ndcg_of(self, score: Float32Array, rows: Int64Array) -> Float64Array:
        """Return NDCG@10 of ranking the candidates by a score, for those of the given customers that are here."""
        hits = hits_at_k(score, self.indptr, self.is_positive, _K)
        return ndcg_at_k(hits, self.positives)[np.isin(self.rows, rows)]


def label_window(
    models: FittedModels,
    proposer: Ranker,
    histories: Histories,
    outcomes: Outcomes,
    rows: Int64Array,
) -> LabelWindow:
    """Return what the given customers of a window teach.

    Parameters
    ----------
    models, histories
        From before the window; ``models.as_of_s`` is its begin.
    proposer
        Says how many candidates each source proposes.
    outcomes
        What happened in it.
    rows
        Buyers of something new.
    """
    tables = replace(models, ranker=proposer).offer_tables
    width = len(FEATURES) + 2 * len(proposer.kinds)
    sizes, x, bought, positives = [0], [np.empty((0, width), np.float32)], [np.empty(0, np.bool_)], []
    for row in rows.tolist():
        item, columns = candidate_features(repeat_input(histories.history(row)), tables, models.as_of_s)
        found = outcomes.discoveries(row)
        sizes.append(len(item))
        x.append(columns[:, : len(item)].T)
        bought.append(np.isin(item, found))
        positives.append(len(found))
    return LabelWindow(
        rows,
        np.cumsum(sizes, dtype=np.int64),
        np.concatenate(x),
        np.concatenate(bought),
        np.array(positives, np.int64),
    )


@dataclass(frozen=True, slots=True)
class Lessons:
    """Rows of several windows together.

    Attributes
    ----------
    x, bought
        Features and outcome of each row.
    groups
        Rows of each customer, ``int64 [customers]``.
    """

    x: Float32Array
    bought: Float32Array
    groups: Int64Array


def lessons_of(windows: Sequence[LabelWindow], most_rows: int, seed: int) -> Lessons:
    """Gather all positives and a share of the negatives of the customers who have a positive."""
    rng = np.random.default_rng(seed)
    rows = sum(len(window.is_positive) for window in windows)
    share = min(max(most_rows / max(rows, 1), 0.25), 1.0)
    x, bought, groups = (
        [np.empty((0, windows[0].x.shape[1] if windows else len(FEATURES)), np.float32)],
        [np.empty(0, np.bool_)],
        [np.empty(0, np.int64)],
    )
    for window in windows:
        customer = np.repeat(np.arange(len(window.rows)), np.diff(window.indptr))
        teaches = np.bincount(customer, window.is_positive, minlength=len(window.rows)) > 0
        keep = (window.is_positive | (rng.random(len(customer)) < share)) & teaches[customer]
        x.append(window.x[keep])
        bought.append(window.is_positive[keep])
        sizes = np.bincount(customer[keep], minlength=len(window.rows))
        groups.append(sizes[sizes > 0])
    return Lessons(np.concatenate(x), np.concatenate(bought).astype(np.float32), np.concatenate(groups))
