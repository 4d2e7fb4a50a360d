"""References to tables, as compiled code holds them."""

import gc
import weakref
from dataclasses import replace

import numpy as np
from numba import njit

from recommender.models import ReplenishmentModel
from recommender.models.by_reference import Reference


@njit
def _gap_of(tables: Reference, item: int) -> float:
    return float(tables.gap_days[item])


def test_compiled_code_reads_through_a_reference_and_it_keeps_the_arrays_alive() -> None:
    gap_days = np.array([3.0, 7.0], np.float32)
    alive = weakref.ref(gap_days)
    tables = replace(ReplenishmentModel.neutral(2), gap_days=gap_days).tables
    del gap_days
    gc.collect()
    assert [_gap_of(tables, item) for item in (0, 1)] == [3.0, 7.0]
    assert alive() is not None
    del tables
    gc.collect()
    assert alive() is None
