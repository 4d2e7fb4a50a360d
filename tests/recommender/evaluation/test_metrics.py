import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from recommender.evaluation import (
    bootstrap_interval,
    coverage,
    hit_rate_at_k,
    map_at_k,
    ndcg_at_k,
    novelty,
    paired_difference,
    recall_at_k,
)
from recommender.evaluation.ranking import hits_of, top_k

_NONE = np.empty(0, np.int32)


def test_ndcg_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for k in (1, 5, 10, 30):
        score = rng.permutation(30).astype(np.float32)
        positive = np.flatnonzero(rng.uniform(size=30) < 0.3).astype(np.int32)
        relevance = np.isin(np.arange(30), positive).astype(float)
        hits = hits_of(top_k(score, _NONE, k), positive)[None]
        assert ndcg_at_k(hits, np.array([len(positive)]))[0] == pytest.approx(
            ndcg_score(relevance[None], score[None], k=k)
        )


def test_average_precision_over_the_whole_list_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    score = rng.permutation(40).astype(np.float32)
    positive = np.arange(0, 40, 7, dtype=np.int32)
    hits = hits_of(top_k(score, _NONE, 40), positive)[None]
    expected = average_precision_score(np.isin(np.arange(40), positive), score)
    assert map_at_k(hits, np.array([len(positive)]))[0] == pytest.approx(expected)


def test_metrics_are_as_by_hand() -> None:
    hits = np.array([[False, True, True, False]])
    three = np.array([3])
    gain, ideal = 1 / np.log2(3) + 1 / np.log2(4), 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert ndcg_at_k(hits, three)[0] == pytest.approx(gain / ideal)
    assert recall_at_k(hits, three)[0] == pytest.approx(2 / 3)
    assert map_at_k(hits, three)[0] == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert hit_rate_at_k(hits, three)[0] == 1.0


def test_more_positives_than_places_can_still_be_perfect() -> None:
    hits = np.ones((1, 2), np.bool_)
    assert ndcg_at_k(hits, np.array([9]))[0] == map_at_k(hits, np.array([9]))[0] == 1.0
    assert recall_at_k(hits, np.array([9]))[0] == pytest.approx(2 / 9)


@pytest.mark.parametrize("metric", [ndcg_at_k, recall_at_k, map_at_k, hit_rate_at_k])
def test_nobody_and_nothing_to_find_are_no_zero(metric: object) -> None:
    assert callable(metric)
    assert metric(np.empty((0, 10), np.bool_), np.empty(0, np.int64)).shape == (0,)
    assert np.isnan(metric(np.zeros((1, 10), np.bool_), np.array([0]))[0])


def test_top_k_leaves_out_what_is_forbidden_and_runs_out_quietly() -> None:
    score = np.array([5, 1, 5, 3], np.float32)
    assert top_k(score, np.array([0], np.int32), 2).tolist() == [2, 3]
    assert top_k(score, _NONE, 3).tolist() == [0, 2, 3]
    assert top_k(score, np.arange(4, dtype=np.int32), 2).tolist() == [-1, -1]
    assert top_k(np.empty(0, np.float32), _NONE, 2).tolist() == [-1, -1]


def test_an_empty_place_is_no_hit_and_covers_nothing() -> None:
    ranked = np.array([[0, -1]], np.int32)
    assert hits_of(ranked[0], np.array([0, -1], np.int32)).tolist() == [True, False]
    assert coverage(ranked, 2) == 0.5
    assert coverage(ranked, 0) == 0.0
    assert novelty(np.array([[-1]], np.int32), np.ones(2, np.float32)) == 0.0
    assert novelty(ranked, np.array([1.0, 3.0], np.float32)) == 2.0


def test_the_bootstrap_interval_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        interval = bootstrap_interval(rng.exponential(1.0, 200), rng, rounds=300)
        covered += interval.low <= 1.0 <= interval.high
    assert 0.88 <= covered / 200 <= 1.0


def test_pairing_finds_a_small_difference_that_means_hide() -> None:
    rng = np.random.default_rng(0)
    theirs = rng.uniform(0, 1, 500)
    gap = paired_difference(theirs + 0.01 + rng.normal(0, 0.005, 500), theirs, rng)
    assert gap.low > 0
    assert bootstrap_interval(theirs, rng).high - bootstrap_interval(theirs, rng).low > 0.02


def test_the_interval_of_nobody_is_nan() -> None:
    assert np.isnan(bootstrap_interval(np.array([np.nan]), np.random.default_rng(0)).mean)
