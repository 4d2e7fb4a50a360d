"""How active customers are: what few of them show is joined with what their orders and their time say apart."""

import numpy as np

from recommender.data import histories_of
from recommender.evaluation.outcomes import outcomes_of
from recommender.fitting.levels import fit_activity
from recommender.models.blend import ELAPSED_WINDOWS, ORDER_COUNTS
from recommender.types import Float32Array
from tests.recommender.data.worlds import DAY, START, shop

NOW = START + 200 * DAY
DAYS_AGO = (2.0, 5.0, 10.0, 20.0)
"""One in each of the first cells of time, with windows of four weeks."""


def activity(rare: int) -> Float32Array:
    """Return the table of a shop of 2,000 customers with ten orders, all active, and some with one, a quarter active."""
    lines: list[tuple[int, int, str, float]] = [(-1, 10**6, "cup", 0.0)]
    order = 0
    for customer in range(2_000 + rare):
        last = 200 - DAYS_AGO[customer % 4]
        for nth in range(10 if customer < 2_000 else 1):
            order += 1
            lines.append((customer, order, "tea", last - 3 * nth))
        if customer < 2_000 or customer // 4 % 4 == 0:
            order += 1
            lines.append((customer, order, "cup", 210))
    bought = shop(lines, 2_000 + rare)
    known = bought.before(NOW)
    histories = histories_of(known)
    outcomes = outcomes_of(bought.between(NOW, NOW + 28 * DAY), known, histories)
    return fit_activity(histories, outcomes, now_s=NOW, window_days=28.0)


def test_customers_with_few_orders_are_as_active_as_such_customers_not_as_everybody() -> None:
    """Twenty-eight of a cell say little against twenty times everybody; all 112 of the row say enough."""
    table = activity(rare=112)
    one, many = int(np.searchsorted(ORDER_COUNTS, 1)), int(np.searchsorted(ORDER_COUNTS, 10))
    cells = [int(np.searchsorted(ELAPSED_WINDOWS, days / 28)) for days in DAYS_AGO]
    assert len(set(cells)) == 4
    assert np.all(np.abs(table[one, cells] - 0.25) < 0.08)
    assert np.all(table[many, cells] > 0.97)


def test_what_nobody_shows_is_what_its_orders_and_its_time_say() -> None:
    """No one bought so long ago: time says nothing there, and orders say what they say elsewhere."""
    table = activity(rare=112)
    one, many = int(np.searchsorted(ORDER_COUNTS, 1)), int(np.searchsorted(ORDER_COUNTS, 10))
    assert 0.25 < table[one, -1] < 0.45
    assert 0.97 < table[many, -1] <= 1
