"""Logarithms of many numbers at once are those of NumPy, but for rounding."""

import numpy as np

from recommender.models.fast_logs import take_logs
from recommender.types import Float32Array


def logs_of(values: Float32Array) -> Float32Array:
    found = values.copy()
    take_logs(found)
    return found


def test_they_are_right_to_a_rounding_from_the_smallest_to_the_largest_number() -> None:
    values = np.exp(np.random.default_rng(0).uniform(-87.0, 88.0, 100_000)).astype(np.float32)
    exact = np.log(values.astype(np.float64))
    assert (np.abs(logs_of(values) - exact) <= 2e-7 * np.maximum(1.0, np.abs(exact))).all()


def test_they_are_right_near_one_where_they_are_small() -> None:
    values = np.linspace(0.7, 1.42, 10_001, dtype=np.float32)
    exact = np.log(values.astype(np.float64))
    assert (np.abs(logs_of(values) - exact) <= 2e-7 * np.maximum(np.abs(exact), 1e-3)).all()
    assert logs_of(np.ones(3, np.float32)).tolist() == [0.0, 0.0, 0.0]


def test_they_never_fall_where_the_numbers_rise() -> None:
    values = np.float32(1.0) + np.arange(-4000, 4000, dtype=np.float32) * np.float32(2.0**-22)
    assert (np.diff(logs_of(values)) >= 0).all()


def test_zero_becomes_a_finite_number_below_all_others_that_occur() -> None:
    found = logs_of(np.array([0.0, 1e-30], np.float32))
    assert np.isfinite(found).all()
    assert found[0] < -80.0 < found[1]


def test_of_no_numbers_there_are_none() -> None:
    assert len(logs_of(np.empty(0, np.float32))) == 0
