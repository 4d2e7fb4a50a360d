import numpy as np
import pytest

from recommender.data import holdings_of, purchase_matrix, recency_matrix
from recommender.fitting import fit_als
from recommender.fitting.config import AlsConfig
from recommender.models import AlsModel
from recommender.models.row_solver import solve_row
from recommender.types import Float32Array
from tests.recommender.data.worlds import DAY, START, busy_shop, shop

NOW = START + 200 * DAY


def factors_of(rng: np.random.Generator, items: int, size: int) -> tuple[Float32Array, Float32Array]:
    factors = rng.normal(0, 0.3, (items, size)).astype(np.float32)
    return factors, (factors.T @ factors + 0.7 * np.eye(size)).astype(np.float32)


@pytest.mark.parametrize(("size", "bought"), [(1, 1), (3, 2), (16, 5), (17, 40), (64, 100)])
def test_the_solution_is_the_closed_form(size: int, bought: int) -> None:
    rng = np.random.default_rng(size)
    factors, gram = factors_of(rng, 200, size)
    item = np.sort(rng.choice(200, bought, replace=False)).astype(np.int32)
    confidence = rng.uniform(1, 20, bought).astype(np.float32)
    mine = factors[item].astype(np.float64)
    matrix = gram + mine.T @ np.diag(confidence - 1.0) @ mine
    expected = np.linalg.solve(matrix, mine.T @ confidence)
    np.testing.assert_allclose(solve_row(factors, gram, item, confidence), expected, rtol=2e-3, atol=2e-4)


def test_the_gradient_of_the_loss_is_zero_at_the_solution() -> None:
    rng = np.random.default_rng(3)
    factors, gram = factors_of(rng, 50, 8)
    item = np.array([2, 7, 11], np.int32)
    confidence = np.array([3.0, 1.5, 9.0], np.float32)
    solution = solve_row(factors, gram, item, confidence).astype(np.float64)
    weight, wanted = np.ones(50), np.zeros(50)
    weight[item], wanted[item] = confidence, 1.0
    gradient = factors.T @ (weight * (factors @ solution - wanted)) + 0.7 * solution
    np.testing.assert_allclose(gradient, 0.0, atol=1e-4)


def test_nothing_bought_folds_in_to_the_origin() -> None:
    factors, gram = factors_of(np.random.default_rng(0), 5, 4)
    solution = solve_row(factors, gram, np.empty(0, np.int32), np.empty(0, np.float32))
    np.testing.assert_array_equal(solution, 0.0)


def test_items_beyond_the_factors_are_ignored() -> None:
    factors, gram = factors_of(np.random.default_rng(0), 5, 4)
    known = solve_row(factors, gram, np.array([1], np.int32), np.array([3.0], np.float32))
    more = solve_row(factors, gram, np.array([1, 9], np.int32), np.array([3.0, 5.0], np.float32))
    np.testing.assert_array_equal(known, more)


def test_folding_in_is_the_next_half_step_of_training() -> None:
    from implicit.cpu.als import AlternatingLeastSquares

    holdings = holdings_of(busy_shop())
    config = AlsConfig(factors=8, half_life=4.0, iterations=3)
    model = fit_als(holdings, holdings.n_items, config, 1, now_s=NOW, window_days=28)
    assert model is not None
    weights = recency_matrix(holdings, NOW, model.half_life_days)[: holdings.n_customers]
    weights.data = 1.0 + model.alpha * weights.data
    trained = AlternatingLeastSquares(
        factors=8, regularization=1.0, alpha=1.0, use_cg=False, dtype=np.float32
    )
    trained.item_factors = np.ascontiguousarray(model.item_factors)
    half_step = trained.recalculate_user(np.arange(5), weights[:5].tocsr())
    for row in range(5):
        mine = slice(weights.indptr[row], weights.indptr[row + 1])
        ours = model.fold_in(weights.indices[mine].astype(np.int32), weights.data[mine].astype(np.float32))
        np.testing.assert_allclose(ours, half_step[row], rtol=2e-3, atol=2e-4)


def test_the_same_seed_gives_the_same_factors_and_another_seed_others() -> None:
    holdings = holdings_of(busy_shop())
    config = AlsConfig(factors=8, iterations=2)
    first, again, other = (
        fit_als(holdings, holdings.n_items, config, seed, now_s=NOW, window_days=28) for seed in (1, 1, 2)
    )
    assert first is not None
    assert again is not None
    assert other is not None
    np.testing.assert_array_equal(first.item_factors, again.item_factors)
    assert not np.array_equal(first.item_factors, other.item_factors)


def test_a_checkerboard_is_reconstructed() -> None:
    """Even customers bought even items but one: that one must come first."""
    lines = [
        (customer, customer, f"i{item:02d}", 0.0)
        for customer in range(40)
        for item in range(20)
        if item % 2 == customer % 2 and item != customer % 20
    ]
    bought = shop(lines, 40)
    holdings = holdings_of(bought)
    model = fit_als(holdings, holdings.n_items, AlsConfig(factors=4), 1, now_s=START + DAY, window_days=28)
    assert isinstance(model, AlsModel)
    matrix = purchase_matrix(holdings)
    for customer in range(20):
        item = matrix[customer].indices.astype(np.int32)
        score = model.item_factors @ model.fold_in(item, np.full(len(item), 11, np.float32))
        score[item] = -np.inf
        assert bought.items.ids[int(score.argmax())] == f"i{customer:02d}"


def test_too_few_customers_are_not_factorised() -> None:
    holdings = holdings_of(shop([(0, 0, "a", 0), (0, 0, "b", 0)], 1))
    assert fit_als(holdings, 2, AlsConfig(), 1, now_s=START + DAY, window_days=28) is None
