"""What purchases of many years ago say is nearly nothing: whatever is left of it, features are finite and nothing is read beside its array."""

from typing import NamedTuple

import numpy as np
import pytest

from recommender.data import Histories, History
from recommender.models import FittedModels, score_offers, score_repeats, strongest_antecedents
from recommender.models.feature_kernels import FEATURES, SPARSE, Scored, _places, features
from recommender.models.nth_largest import best_of
from recommender.models.offer_kernels import candidate_features
from recommender.models.repeat_kernels import interpolate
from recommender.models.scoring import repeat_input
from recommender.types import Float32Array
from tests.recommender.data.worlds import DAY
from tests.recommender.models.conftest import NOW

Fitted = tuple[FittedModels, Histories]

HALF_LIVES = (100, 126, 127, 128, 129, 135, 140, 145, 148, 149, 150, 200)
"""The smallest ``float32`` above zero is worth 149 of them, and one over what is worth 128 is infinite."""


class Back(NamedTuple):
    """A customer who comes back at a time."""

    history: History
    now_s: int


@pytest.fixture(params=HALF_LIVES)
def back(request: pytest.FixtureRequest, ranked: Fitted) -> Back:
    """So many half-lives of a purchase's say after the last order."""
    models, histories = ranked
    history = histories.history(3)
    away_s = int(request.param * models.blend.half_life_days * DAY)
    return Back(history, int(history.last_s.max()) + away_s)


def features_of(sparse: Float32Array, ranked: Fitted) -> Float32Array:
    models, histories = ranked
    item = np.arange(sparse.shape[1], dtype=np.int32)
    bought = repeat_input(histories.history(3))
    found: Float32Array = features(Scored(item, sparse), bought, models.offer_tables, NOW)
    return found


@pytest.mark.parametrize("halvings", [64, 125, 126, 127, 128, 129, 135, 142])
def test_ratios_are_the_same_however_faint_the_scores_are(ranked: Fitted, halvings: int) -> None:
    scores = np.zeros((len(SPARSE), 40), np.float32)
    scores[:] = 2.0 ** -(np.arange(40) % 8)
    scores[:, ::5] = 0.0
    faint = scores * np.float32(2.0**-halvings)
    assert np.count_nonzero(faint) == np.count_nonzero(scores)
    assert features_of(faint, ranked).tobytes() == features_of(scores, ranked).tobytes()


def test_who_was_away_for_many_years_has_finite_features(ranked: Fitted, back: Back) -> None:
    item, columns = candidate_features(repeat_input(back.history), ranked[0].offer_tables, back.now_s)
    assert len(item) > 0
    assert np.isfinite(columns).all()
    logs = columns[: len(SPARSE), : len(item)]
    places = columns[len(SPARSE) : 2 * len(SPARSE), : len(item)]
    assert ((logs >= -10.0) & (logs <= 1e-6)).all()
    assert ((places >= 0.0) & (places < 1.0)).all()


def test_who_was_away_for_many_years_is_answered(ranked: Fitted, back: Back) -> None:
    models = ranked[0]
    score = score_offers(models, back.history, back.now_s)
    assert np.isfinite(score).all()
    assert (score >= 0).all()
    assert np.isfinite(score_repeats(models, back.history, back.now_s)[0]).all()
    best = np.argsort(-score, kind="stable")[:10].astype(np.int32)
    position, share = strongest_antecedents(models, back.history, best, back.now_s)
    assert (position < len(back.history.item)).all()
    assert ((share >= 0.0) & (share <= 1.0)).all()


def test_the_blend_answers_them_too(fitted: Fitted, back: Back) -> None:
    score = score_offers(fitted[0], back.history, back.now_s)
    assert np.isfinite(score).all()
    assert (score >= 0).all()


def test_a_customer_without_candidates_has_no_features(ranked: Fitted) -> None:
    assert features_of(np.zeros((len(SPARSE), 0), np.float32), ranked).shape == (len(FEATURES), 0)


@pytest.mark.parametrize("log", [0.0, 1.0, -9.97, -10.0, 128.0, -128.0, 1e9, -1e9])
def test_places_stay_within_their_cells(log: float) -> None:
    """Uncompiled, because NumPy checks what compiled code believes."""
    logs, out = np.array([log, 0.0], np.float32), np.full(2, -1.0, np.float32)
    _places.py_func(logs, 2, out)
    assert out.tolist() == ([0.5, 0.0] if log < -0.5 else [0.0, 0.0])


@pytest.mark.parametrize("size", [5, 6, 40])
def test_no_number_at_all_is_never_among_the_best(size: int) -> None:
    for seed in range(50):
        rng = np.random.default_rng(seed)
        score = rng.integers(0, 6, size).astype(np.float32)
        score[rng.random(size) < 0.5] = np.nan
        rows = best_of.py_func(score, 5)  # NumPy checks the indices
        assert len(rows) <= 5
        assert size == 5 or not np.isnan(score[rows]).any()


def test_a_table_knows_nothing_of_what_is_no_number() -> None:
    xs, ys = np.array([0.0, 0.5, 1.0], np.float32), np.array([0.0, 0.2, 0.3], np.float32)
    between = interpolate.py_func  # NumPy checks the indices
    assert np.isnan(between(float("nan"), xs, ys))
    assert between(1.0 - 1e-12, xs, ys) == pytest.approx(0.3)
