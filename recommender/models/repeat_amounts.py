"""How much of an item a customer buys: against its other owners, and against the rest of what they spend."""

import numpy as np
from numba import njit

from recommender.models.repeat_tables import PRICE, QUANTITY, RepeatInput, RepeatTables
from recommender.types import Float32Array

LEAST = 1e-5
"""Added to shares before the logarithm; no quantity counts less."""


@njit(cache=True, nogil=True)
def add_amounts(out: Float32Array, bought: RepeatInput, tables: RepeatTables) -> None:
    """Fill two columns, ``float32 [h, 2]``: log quantity of an order less that of other owners, and log share of spend.

    Both are free of units: a shop that counts in grams, or has no prices, is told the same order of its items.
    """
    of_item, total = tables.item, 0.0
    for row in range(bought.item.size):
        total += max(float(bought.owned[row]), 0.0) * of_item[bought.item[row], PRICE]
    per_total = 1.0 / max(total, LEAST)
    for row in range(bought.item.size):
        item, owned = bought.item[row], max(float(bought.owned[row]), 0.0)
        each = max(owned / max(float(bought.orders[row]), 1.0), LEAST)
        out[row, 0] = np.log(each) - of_item[item, QUANTITY]
        out[row, 1] = np.log(owned * of_item[item, PRICE] * per_total + LEAST)
