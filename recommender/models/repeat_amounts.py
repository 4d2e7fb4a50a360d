"""How much of an item a customer buys: against its other owners, the rest of what they spend, and how much it was last."""

from numba import njit

from recommender.models.fast_logs import take_logs
from recommender.models.repeat_facts import RecentFacts
from recommender.models.repeat_tables import PRICE, QUANTITY, RepeatInput, RepeatTables
from recommender.types import Float32Array

LEAST = 1e-5
"""Added to shares before the logarithm; no quantity counts less."""


@njit(cache=True, nogil=True, error_model="numpy")
def add_amounts(out: Float32Array, bought: RepeatInput, facts: RecentFacts, tables: RepeatTables) -> None:
    """Fill three columns, ``float32 [3, h at least]``: log quantity of an order less that of other owners, log share of spend, and the
    log of the last order's quantity over that of an order, 0 where it is not known: who took more than usual lasts longer.

    All are free of units: a shop that counts in grams, or has no prices, is told the same order of its items.
    """
    of_item, total = tables.item, 0.0
    for row in range(bought.item.size):
        total += max(float(bought.owned[row]), 0.0) * of_item[bought.item[row], PRICE]
    per_total = 1.0 / max(total, LEAST)
    for row in range(bought.item.size):
        item, owned = bought.item[row], max(float(bought.owned[row]), 0.0)
        each = max(owned / max(float(bought.orders[row]), 1.0), LEAST)
        is_known = owned > 0.0 and facts.last_quantity[row] > 0.0
        out[0, row] = each
        out[1, row] = owned * of_item[item, PRICE] * per_total + LEAST
        out[2, row] = facts.last_quantity[row] / each if is_known else 1.0
    take_logs(out.reshape(-1))
    for row in range(bought.item.size):
        out[0, row] -= of_item[bought.item[row], QUANTITY]
