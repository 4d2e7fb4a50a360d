"""Weights of what a customer owns, with the popularity of the rest below them."""

import numpy as np
from scipy.sparse import csr_matrix

from recommender.types import Float32Array, Int64Array
from training.peers.contract import Baskets, Fitted, Known


def own_then_popular(known: Known, weight: csr_matrix) -> Fitted:
    """Return a method that ranks by own weight, and everything else by distinct buyers below any own weight.

    Parameters
    ----------
    known
        What was known.
    weight
        Rows are customers; above zero where they bought.
    """
    buyers = np.bincount(known.bought.indices, minlength=known.n_items)
    least = weight.data.min(initial=np.inf, where=weight.data > 0)
    floor = 0.5 * least if np.isfinite(least) else 1.0
    popular = (floor * buyers / max(1, int(buyers.max(initial=0)))).astype(np.float32)

    def scores(rows: Int64Array) -> Float32Array:
        own = np.asarray(weight[rows].todense(), np.float32)
        return np.where(own > 0, own, popular)

    return Fitted(scores, stranger=popular)


def weighted_lines(known: Known, weight_of_line: Float32Array) -> csr_matrix:
    """Return customers x items: the sum of a weight over the customer's orders with the item."""
    baskets: Baskets = known.baskets
    customer = baskets.customer[baskets.basket_of_line()]
    shape = (known.n_customers, known.n_items)
    return csr_matrix((weight_of_line, (customer, baskets.item)), shape=shape)
