"""Intervals over customers: paired rows, customers who come back at several cuts, and lists of many rows."""

import numpy as np
import pytest

from recommender.evaluation.lists import ALL_ITEMS, NEW_ITEMS, OWNED_ITEMS, best_lists
from recommender.evaluation.ranking import top_k
from recommender.evaluation.resampling import Sample, interval_of, replicates


def test_rows_are_paired_so_a_constant_lead_has_no_width() -> None:
    rng = np.random.default_rng(3)
    theirs = rng.uniform(size=200)
    mean, drawn = replicates([Sample(np.arange(200), np.stack([theirs + 0.1, theirs]))], 200, seed=1)
    lead = interval_of(mean[0, 0] - mean[0, 1], drawn[0, 0] - drawn[0, 1])
    assert [lead.mean, lead.low, lead.high] == pytest.approx([0.1, 0.1, 0.1])


def test_the_interval_has_the_width_of_the_standard_error() -> None:
    values = np.random.default_rng(4).normal(size=2_000)
    mean, drawn = replicates([Sample(np.arange(2_000), values[None])], 2_000, seed=2)
    interval = interval_of(mean[0, 0], drawn[0, 0])
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / np.sqrt(2_000), rel=0.1)


def test_a_customer_is_drawn_at_all_cuts_together() -> None:
    """One cut mirrors the other, so their mean never moves, whoever is drawn."""
    values = np.random.default_rng(5).uniform(size=50)
    samples = [Sample(np.arange(50), values[None]), Sample(np.arange(50), 1 - values[None])]
    _, drawn = replicates(samples, 50, seed=3, rounds=100)
    assert drawn.mean(axis=0)[0] == pytest.approx(np.full(100, 0.5))


def test_customers_without_a_value_do_not_count_and_nobody_has_no_mean() -> None:
    values = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, np.nan]])
    mean, drawn = replicates([Sample(np.arange(3), values)], 3, seed=4)
    assert mean[0, 0] == 0.5
    assert np.isnan(mean[0, 1])
    assert np.isnan(interval_of(mean[0, 1], drawn[0, 1]).low)


def test_draws_do_not_depend_on_how_they_are_cut_into_blocks() -> None:
    rows = np.random.default_rng(6).uniform(size=(1, 9))
    few = replicates([Sample(np.arange(9), rows)], 9, seed=5, rounds=7)[1]
    again = replicates([Sample(np.arange(9), rows)], 9, seed=5, rounds=7)[1]
    np.testing.assert_array_equal(few, again)


def test_lists_of_many_rows_equal_lists_of_one() -> None:
    rng = np.random.default_rng(7)
    scores = rng.integers(0, 5, (20, 30)).astype(np.float32)
    owned = [np.flatnonzero(rng.uniform(size=30) < 0.3).astype(np.int32) for _ in range(20)]
    indptr = np.cumsum([0, *map(len, owned)])
    items = np.concatenate(owned)
    everything = np.arange(30, dtype=np.int32)
    for which, closed in (
        (NEW_ITEMS, owned),
        (OWNED_ITEMS, [np.setdiff1d(everything, mine) for mine in owned]),
        (ALL_ITEMS, [everything[:0]] * 20),
    ):
        expected = [top_k(score, mine, 10) for score, mine in zip(scores, closed, strict=True)]
        np.testing.assert_array_equal(best_lists(scores, indptr, items, which, 10), expected)
