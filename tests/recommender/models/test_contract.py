"""What every fitted model promises."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.data import Histories, History, with_session
from recommender.models import (
    AlsModel,
    Blend,
    FittedModels,
    ItemFacts,
    ItemItemModel,
    LearnedOwnership,
    NewcomerModel,
    PopularityModel,
    Ranker,
    ReplenishmentModel,
    Source,
    offer_probability,
    score_offers,
    score_repeats,
    strongest_antecedents,
)
from recommender.models.sources import source_scores
from tests.recommender.data.worlds import DAY
from tests.recommender.models.conftest import NOW

PARTS: dict[str, Any] = {
    "popularity": PopularityModel,
    "newcomers": NewcomerModel,
    "item_item": ItemItemModel,
    "lately": ItemItemModel,
    "newly": ItemItemModel,
    "als": AlsModel,
    "spectral": ItemItemModel,
    "content": ItemItemModel,
    "ranker": Ranker,
    "facts": ItemFacts,
    "replenishment": ReplenishmentModel,
    "ownership": LearnedOwnership,
    "blend": Blend,
}

Fitted = tuple[FittedModels, Histories]


@pytest.mark.parametrize("part", PARTS)
def test_arrays_are_all_that_a_model_is(ranked: Fitted, part: str) -> None:
    model: Any = getattr(ranked[0], part)
    arrays = model.arrays()
    again = PARTS[part].from_arrays(arrays)
    assert again.arrays().keys() == arrays.keys()
    for name, array in again.arrays().items():
        assert array.dtype == arrays[name].dtype
        np.testing.assert_array_equal(array, arrays[name])


@pytest.mark.parametrize("part", PARTS)
def test_no_array_of_a_model_has_a_row_per_customer(ranked: Fitted, part: str) -> None:
    customers = len(ranked[1])
    model: Any = getattr(ranked[0], part)
    assert customers not in {size for array in model.arrays().values() for size in array.shape}


@pytest.mark.parametrize("source", list(Source))
@pytest.mark.parametrize("lifted", [False, True])
def test_every_source_scores_every_item_finitely(fitted: Fitted, source: Source, *, lifted: bool) -> None:
    models, histories = fitted
    for history in (History.empty(), histories.history(0)):
        score = source_scores(models, source, history, NOW, lifted=lifted)
        assert score.shape == (len(models.items),)
        assert np.isfinite(score).all()
        assert (score >= 0).all()
        assert len(history.item) == 0 or score.any()
        unowned = np.delete(score, history.item)
        assert unowned.max() <= 1 + 1e-5


@pytest.mark.parametrize("which", ["fitted", "ranked"])
def test_an_answer_does_not_depend_on_who_was_asked_before(
    which: str, request: pytest.FixtureRequest
) -> None:
    models, histories = request.getfixturevalue(which)
    alone = [score_offers(models, histories.history(row), NOW).tobytes() for row in range(20)]
    backwards = [score_offers(models, histories.history(row), NOW).tobytes() for row in reversed(range(20))]
    assert alone == backwards[::-1]
    repeats = [score_repeats(models, histories.history(row), NOW)[0].tobytes() for row in range(20)]
    assert repeats[7] == score_repeats(models, histories.history(7), NOW)[0].tobytes()


@pytest.mark.parametrize("which", ["fitted", "ranked"])
def test_nobody_known_is_answered_by_what_newcomers_buy_or_by_popularity(
    which: str, request: pytest.FixtureRequest
) -> None:
    models, _ = request.getfixturevalue(which)
    popularity = models.popularity.score[models.blend.horizon]
    for newcomers in (models.newcomers, None):
        score = score_offers(replace(models, newcomers=newcomers), History.empty(), NOW)
        best = popularity if newcomers is None else newcomers.score
        np.testing.assert_array_equal(np.argsort(-score, kind="stable"), np.argsort(-best, kind="stable"))


def test_an_empty_history_has_nothing_to_repeat(fitted: Fitted) -> None:
    probability, due_at_s = score_repeats(fitted[0], History.empty(), NOW)
    assert probability.shape == due_at_s.shape == (0,)


def test_the_blend_is_the_weighted_sum_of_its_sources(fitted: Fitted) -> None:
    models, histories = fitted
    weights = np.array([0.1, 0.2, 0.25, 0.2, 0.1, 0.1, 0.05], np.float32)
    blend = replace(
        models.blend, weights=weights, lifted=np.array([False, True, False, True, True, False, True])
    )
    mixed, history = replace(models, blend=blend), histories.history(3)
    expected = sum(
        weight * source_scores(mixed, source, history, NOW, lifted=bool(blend.lifted[source]))
        for source, weight in zip(Source, weights, strict=True)
    )
    np.testing.assert_allclose(score_offers(mixed, history, NOW), expected, rtol=1e-5)


def test_a_ranker_moves_only_the_order_of_what_is_proposed(ranked: Fitted) -> None:
    models, histories = ranked
    for row in range(5):
        history = histories.history(row)
        score = score_offers(models, history, NOW)
        assert np.isfinite(score).all()
        proposed = score >= 2
        assert 10 <= np.count_nonzero(proposed) < len(score)
        assert score[~proposed].max() <= 1


def test_activity_moves_the_level_and_never_the_order(fitted: Fitted) -> None:
    models, histories = fitted
    half = replace(models, blend=replace(models.blend, activity=models.blend.activity * np.float32(0.5)))
    history = histories.history(3)
    np.testing.assert_allclose(
        score_offers(half, history, NOW) * 2, score_offers(models, history, NOW), rtol=1e-6
    )


def test_probabilities_are_probabilities_and_monotone(fitted: Fitted) -> None:
    models, histories = fitted
    probability = offer_probability(models, np.linspace(-1, 2, 50, dtype=np.float32))
    assert ((probability >= 0) & (probability <= 1)).all()
    assert (np.diff(probability) >= 0).all()
    repeated, _ = score_repeats(models, histories.history(0), NOW)
    assert ((repeated >= 0) & (repeated <= 1)).all()


def test_the_purchase_that_argues_most_is_the_largest_term_of_the_sum(fitted: Fitted) -> None:
    models, histories = fitted
    history = histories.history(4)
    say = 2.0 ** -((NOW - history.last_s.astype(np.float64)) / (models.blend.half_life_days * DAY))
    offered = np.arange(10, dtype=np.int32)
    position, share = strongest_antecedents(models, history, offered, NOW)
    for item in offered.tolist():
        terms = np.zeros(len(history.item))
        for at, bought in enumerate(history.item.tolist()):
            near, weight = models.item_item.neighbours_of(bought)
            terms[at] = float(say[at] * weight[near == item].sum())
        if terms.sum() > 0:
            assert position[item] == terms.argmax()
            assert share[item] == pytest.approx(terms.max() / terms.sum(), rel=1e-4)


def test_no_argument_is_an_honest_answer(fitted: Fitted) -> None:
    position, share = strongest_antecedents(fitted[0], History.empty(), np.array([0, 1], np.int32), NOW)
    assert position.tolist() == [-1, -1]
    assert share.tolist() == [0.0, 0.0]


def test_the_cart_argues_for_offers(fitted: Fitted) -> None:
    models, _ = fitted
    even = models.items.ids.index("i010")
    cart = with_session(History.empty(), np.array([even], np.int32), NOW)
    score = score_offers(models, cart, NOW)
    best = [models.items.ids[item] for item in np.argsort(-score, kind="stable")[:10]]
    assert sum(int(item_id[1:]) % 2 == 0 for item_id in best) >= 9


def test_a_session_of_items_that_the_bundle_does_not_know_changes_nothing(fitted: Fitted) -> None:
    history = fitted[1].history(0)
    assert with_session(history, np.array([-1, -1], np.int32), NOW) is history
