from dataclasses import replace

import numpy as np

from recommender.data import Purchases, histories_of
from recommender.fitting.repeat_taste import LANES, Taste, fit_taste
from recommender.models import ReplenishmentModel
from recommender.models.repeat_facts import SLOW, recent_facts
from recommender.models.repeat_tables import ITSELF, PULL
from recommender.models.repeat_taste import add_taste
from recommender.models.scoring import repeat_input
from recommender.types import CustomerId, Float32Array
from tests.recommender.data.worlds import DAY, START, busy_shop, index_of, shop

NOW = START + 200 * DAY
WINDOW_S = 28.0 * DAY


def taste_of(purchases: Purchases, dimensions: int = 16) -> Taste:
    return fit_taste(purchases, histories_of(purchases), dimensions, 1)


def model_of(purchases: Purchases, taste: Taste) -> ReplenishmentModel:
    model = ReplenishmentModel.neutral(len(purchases.items))
    item = model.item.copy()
    item[:, PULL], item[:, ITSELF] = taste.pull, taste.itself
    return replace(model, item=item, taste=taste.rows)


def argued(purchases: Purchases, model: ReplenishmentModel, customer: int) -> Float32Array:
    bought = repeat_input(histories_of(purchases).history(customer))
    out = np.empty(len(bought.item), np.float32)
    add_taste(out, bought, recent_facts(bought, NOW, WINDOW_S), model.tables)
    return out


def test_an_item_that_fits_what_else_is_owned_is_argued_for_more_than_one_that_does_not() -> None:
    """Customer 0 buys even items; one odd item, once, is what nobody alike buys."""
    bought = busy_shop()
    odd = index_of(bought, "i051")
    first = int(np.flatnonzero(bought.customer == 0)[0])
    item = bought.item.copy()
    item[first] = odd
    bought = replace(bought, item=item)
    owned = histories_of(bought).history(0).item
    found = argued(bought, model_of(bought, taste_of(bought)), 0)
    even = [float(found[row]) for row, each in enumerate(owned.tolist()) if each != odd]
    assert float(found[owned.tolist().index(odd)]) < min(even)


def test_what_argues_are_the_others_as_the_whole_product_says() -> None:
    bought = busy_shop()
    taste = taste_of(bought)
    history = histories_of(bought).history(5)
    counts = recent_facts(repeat_input(history), NOW, WINDOW_S).counts[:, 4]
    rows = taste.rows[history.item].astype(np.float64)
    product = rows @ rows.T
    np.fill_diagonal(product, 0.0)
    says = np.maximum(product @ np.log1p(counts), 0.0) * taste.pull[history.item]
    expected = np.log(says / says.mean() + 0.02)
    np.testing.assert_allclose(argued(bought, model_of(bought, taste), 5), expected, rtol=2e-3, atol=2e-3)


def test_rows_are_those_of_the_exact_decomposition() -> None:
    """Customers at length 1, columns over their length to 0.6, singular values filtered at a quarter of them."""
    lines = [
        (who, 10 * who + when, f"i{(who * 7 + when * when) % 12:02d}", 9.0 * when)
        for who in range(30)
        for when in range(4)
    ]
    bought = shop(lines, 31)  # the last of them bought nothing
    weights = np.zeros((30, len(bought.items)))
    for customer, order, item in zip(bought.customer, bought.order, bought.item, strict=True):
        weights[customer, item] += SLOW ** (3 - order % 10)
    weights = np.log1p(weights)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    length = np.linalg.norm(weights, axis=0)
    scale = np.maximum(length, np.quantile(length, 0.3)) ** -0.6
    _, singular, right = np.linalg.svd(weights * scale, full_matrices=False)
    kept = singular[:LANES] ** 2
    w = (right[:LANES].T * (kept / (kept + singular[2] ** 2))) @ right[:LANES]
    found = taste_of(bought, dimensions=LANES)
    rows = found.rows.astype(np.float64)
    np.testing.assert_allclose(rows @ rows.T, w * np.outer(scale, scale), atol=1e-3 * float(np.abs(w).max()))
    np.testing.assert_allclose(found.pull, scale**-2.0)


def test_too_few_customers_or_items_have_no_taste_and_nothing_is_argued() -> None:
    few = shop([(0, 1, "a", 1.0), (0, 2, "b", 3.0), (1, 3, "a", 2.0)], 2)
    taste = taste_of(few)
    assert taste.rows.shape == (2, 0)
    assert argued(few, model_of(few, taste), 0).tolist() == [0.0, 0.0]
    assert taste_of(busy_shop(), dimensions=0).rows.shape[1] == 0


def test_who_owns_one_item_is_told_nothing() -> None:
    bought = busy_shop()
    one = bought.where((bought.customer != 3) | (bought.item == bought.item[bought.customer == 3][0]))
    found = argued(one, model_of(one, taste_of(bought)), 3)
    assert found.tolist() == [0.0]


def test_customers_who_come_later_move_nothing() -> None:
    bought = busy_shop()
    more = replace(
        bought, customers=(*bought.customers, *(CustomerId(f"later {code}") for code in range(500)))
    )
    assert taste_of(more).rows.tobytes() == taste_of(bought).rows.tobytes()
