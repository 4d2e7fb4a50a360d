"""The autoencoder of a small catalogue is solved exactly, and what speaks against an item is heard."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recommender.data import History, histories_of
from recommender.fitting import FitConfig
from recommender.fitting.closed_form import solved
from recommender.fitting.config import SpectralConfig
from recommender.fitting.models import fit_sources
from recommender.models import FittedModels, Source, score_offers
from recommender.models.sources import source_scores
from recommender.types import Float64Array
from tests.recommender.data.worlds import DAY, START, index_of, shop

NOW = START + 10 * DAY


def dense(weights: csr_matrix, n_items: int, pivot: int) -> Float64Array:
    model = solved(weights, n_items, pivot)
    full = np.zeros((n_items, n_items))
    for item in range(n_items):
        near, weight = model.neighbours_of(item)
        assert (np.diff(weight) <= 0).all()
        full[item, near] = weight
    return full


@pytest.mark.parametrize("pivot", [1, 3, 100])
def test_every_item_is_the_ridge_regression_on_all_others(pivot: int) -> None:
    """The closed form with a zero diagonal is one ridge regression per item; here they are done one by one."""
    bought = (np.random.default_rng(4).random((40, 7)) < 0.4).astype(np.float64)
    gram = bought.T @ bought
    values = np.sort(np.linalg.eigvalsh(gram))[::-1]
    l2 = max(values[min(pivot, 7) - 1], values.mean())
    full = dense(csr_matrix(bought.astype(np.float32)), 9, pivot)
    for item in range(7):
        others = np.delete(np.arange(7), item)
        left = gram[np.ix_(others, others)] + l2 * np.eye(6)
        np.testing.assert_allclose(full[others, item], np.linalg.solve(left, gram[others, item]), rtol=1e-4)
    assert not np.diag(full).any()
    assert not full[7:].any()
    assert not full[:, 7:].any()


def test_a_catalogue_without_a_purchase_has_no_neighbours() -> None:
    assert len(solved(csr_matrix((3, 4), dtype=np.float32), 5, 10).weight) == 0


def split_world() -> tuple[FittedModels, History, tuple[int, ...]]:
    """Everybody buys bread, half with tea and milk, the others with coffee and cream; ann has tea."""
    lines: list[tuple[int, int, str, float]] = [(0, 0, "tea", 1)]
    for customer in range(1, 41):
        basket = ("bread", "tea", "milk") if customer % 2 else ("bread", "coffee", "cream")
        lines += [(customer, customer, item, 1.0) for item in basket]
    bought = shop(lines, 41)
    models = fit_sources(
        bought, replace(FitConfig(), spectral=SpectralConfig(solved_pivot=2)), now_s=NOW
    ).models
    names = ("milk", "coffee", "cream")
    ann = histories_of(bought).history(0)
    return models, ann, tuple(index_of(bought, name) for name in names)


def test_what_speaks_against_an_item_keeps_it_below_what_is_bought_together() -> None:
    models, ann, (milk, coffee, cream) = split_world()
    assert models.spectral is not None
    assert models.spectral.weight.min() < 0
    score = source_scores(models, Source.SPECTRAL, ann, NOW)
    assert score[milk] > 0
    assert score[coffee] == score[cream] == 0
    assert (score >= 0).all()


def test_scores_stay_finite_and_not_below_zero_where_purchases_speak_against_items() -> None:
    models, ann, _items = split_world()
    weights = np.zeros(len(Source), np.float32)
    weights[Source.SPECTRAL] = 1.0
    score = score_offers(replace(models, blend=replace(models.blend, weights=weights)), ann, NOW)
    assert np.isfinite(score).all()
    assert (score >= 0).all()


def test_a_larger_catalogue_keeps_few_neighbours_and_none_that_speaks_against_an_item() -> None:
    bought = shop(
        [(row, row, f"i{(row * 7 + item) % 30}", 1.0) for row in range(60) for item in range(4)], 60
    )
    config = replace(FitConfig(), spectral=SpectralConfig(solved=29, neighbours=5))
    few = fit_sources(bought, config, now_s=NOW).models.spectral
    exact = fit_sources(
        bought, replace(config, spectral=SpectralConfig(solved=30)), now_s=NOW
    ).models.spectral
    assert few is not None
    assert exact is not None
    assert np.diff(few.indptr).max() <= 5
    assert few.weight.min() > 0
    assert np.diff(exact.indptr).max() > 5
