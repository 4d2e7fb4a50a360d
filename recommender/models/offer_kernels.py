"""Compiled scoring of product offers for one customer. One entry; plain arrays in, one array out."""

from typing import NamedTuple

import numpy as np
from numba import njit

from recommender.models.candidate_kernels import candidates_of
from recommender.models.feature_kernels import SPARSE, Scored, features
from recommender.models.fetching import fetch
from recommender.models.offer_tables import LEAST_SHARE, OfferTables, SparseRows
from recommender.models.ranking_kernels import ranked
from recommender.models.repeat_kernels import RepeatInput, bucket_of, count_bucket_of
from recommender.models.source_kernels import (
    ALS,
    LONGER,
    POPULARITY,
    SPECTRAL,
    TINY,
    add_neighbours,
    leave_out_negative,
    mix_in,
    raw_source,
    says,
    sparse_of,
)
from recommender.types import Float32Array, Int32Array

__all__ = [
    "OfferTables",
    "Proposed",
    "SparseRows",
    "activity_of",
    "candidate_features",
    "is_ranked",
    "offer_scores",
    "proposed",
    "sparse_scores",
    "with_the_rest",
]

_N_SPARSE = len(SPARSE)


class Proposed(NamedTuple):
    """One customer's candidates, scored as :func:`offer_scores` has them, and what the rest is scored from."""

    item: Int32Array
    """Candidates, ``int32 [c]``."""
    score: Float32Array
    """``float32 [c]``, 2 at least."""
    sparse: Float32Array
    """Score of every item that a source may propose by each item-to-item source, ``float32 [sources, reach]``."""


@njit(cache=True, nogil=True)
def offer_scores(bought: RepeatInput, tables: OfferTables, now_s: int) -> Float32Array:
    """Return the score of every item, ``float32 [n]``, finite, >= 0.

    Without a ranker it is the blend times the customer's activity, at most 1 for unowned items. With one, candidates
    score above 2 in the ranker's order, and the rest below 1 in the order of the blend.
    """
    if is_ranked(bought, tables):
        score: Float32Array = with_the_rest(proposed(bought, tables, now_s), bought, tables, now_s)
        return score
    level = _level(bought, tables, now_s)
    out = np.zeros(tables.popularity.size, np.float32)
    if tables.ranker.weights.sum() > 0:
        _popular(tables, level, out)
    elif bought.item.size > 0:
        _blended(bought, tables, now_s, level, out)
    else:
        _for_newcomers(tables.newcomers, level, out)
    return out


@njit(cache=True, nogil=True)
def is_ranked(bought: RepeatInput, tables: OfferTables) -> bool:
    """Whether a ranker orders the offers of this customer."""
    return bool(tables.ranker.weights.sum() > 0 and bought.item.size > 0)


@njit(cache=True, nogil=True)
def proposed(bought: RepeatInput, tables: OfferTables, now_s: int) -> Proposed:
    """Return the candidates of a customer whose offers a ranker orders; nothing else scores as high."""
    sparse = sparse_scores(bought, tables, now_s)
    item = candidates_of(sparse, bought.item, tables)
    score = ranked(features(Scored(item, sparse), bought, tables, now_s), item.size, tables.ranker)
    activity = np.log2(max(_level(bought, tables, now_s), 1e-6))
    for position in range(item.size):  # 2 for the least likely, one more for each doubling
        score[position] = np.float32(max(float(score[position]) + activity, -60.0) + 62.0)
    return Proposed(item, score, sparse)


@njit(cache=True, nogil=True)
def with_the_rest(few: Proposed, bought: RepeatInput, tables: OfferTables, now_s: int) -> Float32Array:
    """Return the scores of all items: those of the candidates, and the blend below 1 for the rest."""
    out = np.zeros(tables.popularity.size, np.float32)
    _rest(few.sparse, few.item, tables, _level(bought, tables, now_s), out)
    for position in range(few.item.size):
        out[few.item[position]] = few.score[position]
    return out


@njit(cache=True, nogil=True)
def _level(bought: RepeatInput, tables: OfferTables, now_s: int) -> float:
    return float(activity_of(int(bought.customer[0]), float(now_s - bought.customer[2]), tables))


@njit(cache=True, nogil=True)
def candidate_features(
    bought: RepeatInput, tables: OfferTables, now_s: int
) -> tuple[Int32Array, Float32Array]:
    """Return a customer's candidates and their features, as :func:`offer_scores` sees them: what the ranker is fitted on."""
    sparse = sparse_scores(bought, tables, now_s)
    item = candidates_of(sparse, bought.item, tables)
    return item, features(Scored(item, sparse), bought, tables, now_s)


@njit(cache=True, nogil=True)
def sparse_scores(bought: RepeatInput, tables: OfferTables, now_s: int) -> Float32Array:
    """Return the score of every item by each item-to-item source, ``float32 [sources, reach]``; all others have none."""
    _fetch_neighbours(bought.item, tables.sparse[0])
    out = np.zeros((_N_SPARSE, tables.reach), np.float32)
    short = says(bought.last_s, now_s, tables.constants[0])
    long = says(bought.last_s, now_s, LONGER * tables.constants[0])
    for source in range(_N_SPARSE):
        rows = tables.sparse[source]
        say = long if source == sparse_of(SPECTRAL) else short
        if source + 1 < _N_SPARSE:  # they arrive while these are added
            _fetch_neighbours(bought.item, tables.sparse[source + 1])
        add_neighbours(bought.item, say, rows.indptr, rows.neighbour, rows.weight, out[source])
    leave_out_negative(out[sparse_of(SPECTRAL)])
    return out


@njit(cache=True, nogil=True)
def _fetch_neighbours(item: Int32Array, rows: SparseRows) -> None:
    for position in range(item.size):
        if item[position] + 1 < rows.indptr.size:
            begin, end = rows.indptr[item[position]], rows.indptr[item[position] + 1]
            fetch(rows.neighbour, begin, end)
            fetch(rows.weight, begin, end)


@njit(cache=True, nogil=True)
def activity_of(orders: int, elapsed_s: float, tables: OfferTables) -> float:
    """Return P(the customer buys something new within the window), from orders and time since the last."""
    row = count_bucket_of(max(orders, 1), tables.order_counts)
    column = bucket_of(elapsed_s / tables.constants[3], tables.elapsed_windows)
    return float(tables.activity[row, column])


@njit(cache=True, nogil=True)
def _blended(bought: RepeatInput, tables: OfferTables, now_s: int, level: float, out: Float32Array) -> None:
    item = bought.item
    source = np.empty(tables.popularity.size, np.float32)
    for kind in range(tables.weights.size):
        weight = float(tables.weights[kind])
        if weight > 0.0:
            raw_source(kind, item, bought.last_s, tables, now_s, source)
            mix_in(source, tables.lift, tables.lifted[kind], item, weight, out)
    for position in range(out.size):
        out[position] *= np.float32(level)


@njit(cache=True, nogil=True)
def _for_newcomers(score: Float32Array, level: float, out: Float32Array) -> None:
    """Write what newcomers buy on the scale of the blend."""
    best = TINY
    for position in range(score.size):
        best = max(best, float(score[position]))
    for position in range(score.size):
        out[position] = np.float32(level * float(score[position]) / best)


@njit(cache=True, nogil=True)
def _popular(tables: OfferTables, level: float, out: Float32Array) -> None:
    """Write what newcomers buy on the scale of the ranker: somebody unknown buys one thing, in its order."""
    bits, known = np.float32(np.log2(max(level, LEAST_SHARE))), tables.newcomer_bits
    for position in range(out.size):
        out[position] = max(bits + known[position], np.float32(-60.0)) + np.float32(62.0)


@njit(cache=True, nogil=True, error_model="numpy")  # the check for division by zero would end vectorisation
def _rest(
    sparse: Float32Array, item: Int32Array, tables: OfferTables, level: float, out: Float32Array
) -> None:
    """Write the blend of the sources that are at hand, below 1, each over its best candidate ``item``."""
    _add_scaled(tables.popularity, item, tables, POPULARITY, max(tables.weights[POPULARITY], 1e-3), out)
    for source in range(_N_SPARSE):
        kind = source + 1 if source + 1 < ALS else source + 2
        if tables.weights[kind] > 0:
            _add_scaled(sparse[source], item, tables, kind, tables.weights[kind], out)
    for position in range(out.size):
        out[position] = np.float32(level) * out[position] / (np.float32(1.0) + out[position])


@njit(cache=True, nogil=True)
def _add_scaled(
    score: Float32Array, item: Int32Array, tables: OfferTables, kind: int, weight: float, out: Float32Array
) -> None:
    best, lift = np.float32(1e-30), tables.lift
    lifted = tables.lifted[kind]
    for position in range(item.size):
        best = max(best, score[item[position]] * (lift[item[position]] if lifted else np.float32(1.0)))
    scale = np.float32(weight / best)
    if lifted:
        for position in range(score.size):
            out[position] += scale * score[position] * lift[position]
    else:
        for position in range(score.size):
            out[position] += scale * score[position]
